// pinwire: the operator's tool. Reads the command line, runs one command, exits with its code.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "cli/account_commands.hpp"
#include "cli/check_config.hpp"
#include "cli/describe.hpp"
#include "cli/endpoint_commands.hpp"
#include "cli/enqueue.hpp"
#include "cli/letter_commands.hpp"
#include "cli/migrate.hpp"
#include "cli/operate_commands.hpp"
#include "cli/output.hpp"
#include "cli/parked.hpp"
#include "cli/report_commands.hpp"
#include "cli/ring_commands.hpp"
#include "cli/route_commands.hpp"
#include "cli/status.hpp"
#include "cli/switch_commands.hpp"
#include "cli/topics.hpp"

namespace {

namespace cli = pinwire::cli;

// What the command line said; `run` is the chosen command.
struct invocation {
    cli::common_options common;
    cli::migrate_options migrate;
    cli::check_options check;
    cli::enqueue_options enqueue;
    cli::status_options status;
    std::function<cli::exit_code()> run;
};

void add_database(CLI::App& to, cli::database_options& options) {
    to.add_option(
        "--conninfo", options.conninfo, "libpq's key=value text, instead of postgres.conninfo"
    );
    to.add_option(
        "--password-file", options.password_file, "The password for --conninfo, in a file"
    );
}

void add_migrate(CLI::App& app, invocation& to) {
    auto& command = *app.add_subcommand("migrate", "Bring the database's schema up to date");
    add_database(command, to.migrate.database);
    command.add_option("--sql", to.migrate.sql, "The folder of migrations; default: this build's");
    command.add_option("--wait", to.migrate.wait_seconds, "Seconds for one file to get its locks")
        ->check(CLI::Range(0, 86'400))
        ->capture_default_str();
    command.callback([&to] { to.run = [&to] { return cli::migrate(to.common, to.migrate); }; });
}

void add_topics(CLI::App& app, invocation& to) {
    auto& topics = *app.add_subcommand("topics", "Kafka's topics");
    topics.require_subcommand(1);
    topics.add_subcommand("create", "Make those of [kafka.topics] that aren't there")
        ->callback([&to] { to.run = [&to] { return cli::create_topics(to.common); }; });
    topics.add_subcommand("show", "Show what they are like, and what should be otherwise")
        ->callback([&to] { to.run = [&to] { return cli::show_topics(to.common); }; });
}

void add_check_config(CLI::App& app, invocation& to) {
    auto& command =
        *app.add_subcommand("check-config", "Name every mistake of the configuration file");
    command.add_flag("--online", to.check.online, "Compare with Kafka and PostgreSQL as well");
    command.add_flag("--print", to.check.effective, "Print the settings, defaults included");
    command.add_flag_callback(
        "--no-secrets",
        [&to] { to.check.secrets = false; },
        "Don't open secret files (where this user may not)"
    );
    add_database(command, to.check.database);
    command.callback([&to] { to.run = [&to] { return cli::check_config(to.common, to.check); }; });
}

struct field_option {
    const char* flag;
    const char* field;
    const char* help;
};

// One option for each field of a job, by the type that its JSON has.
template <class Value>
void add_fields(
    CLI::App& to, std::initializer_list<field_option> all, std::map<std::string, Value>& into
) {
    for (const auto& one : all) {
        const std::string field = one.field;
        to.add_option_function<Value>(
            one.flag, [&into, field](const Value& value) { into[field] = value; }, one.help
        );
    }
}

void add_enqueue(CLI::App& app, invocation& to) {
    auto& command = *app.add_subcommand("enqueue", "Put a job into Kafka");
    auto& fields = to.enqueue.fields;
    command.add_option(
        "JOB", to.enqueue.job, "A job as JSON; - reads it from stdin; without: made of the options"
    );
    command.add_flag("--lines", to.enqueue.lines, "With -: one job on each line");
    command.add_flag("--raw", to.enqueue.raw, "Don't check it");
    add_fields<std::string>(
        command,
        {{"--account", "account", "Whose job it is"},
         {"--to", "to", "The number, E.164"},
         {"--job-id", "job_id", "Its id within the account; default: a random one"},
         {"--channel", "channel", "sms or voice"},
         {"--from", "from", "The sender"},
         {"--text", "text", "With the dialect's placeholder"},
         {"--dialect", "dialect", "360nrs or infobip"},
         {"--language", "language", "Voice: the language"},
         {"--repeat-dtmf", "repeat_dtmf", "Voice: a key to hear it again"},
         {"--voice", "voice", "Voice: the carrier's name of a voice"},
         {"--pin-id", "pin_id", "The PIN context; a known one is sent again"},
         {"--pin-type", "pin.type", "numeric, alpha, alphanumeric or hex"},
         {"--pin-sealed", "pin.sealed", "A sealed code of the producer's own"},
         {"--report-url", "report_url", "Where the report goes"},
         {"--report-format", "report_format", "360nrs, infobip or standard"},
         {"--reference", "reference", "Echoed in reports"},
         {"--requested-at", "requested_at", "RFC 3339, UTC"}},
        fields.texts
    );
    add_fields<std::int64_t>(
        command,
        {{"--hlr-lookup", "hlr_lookup", "1 or 0"},
         {"--send-within", "send_within", "Seconds"},
         {"--pin-length", "pin.length", "4 to 16"},
         {"--pin-expires-in", "pin.expires_in", "Seconds; 0: never"},
         {"--pin-max-tries", "pin.max_tries", "0: unlimited"}},
        fields.integers
    );
    add_fields<double>(
        command, {{"--speech-rate", "speech_rate", "Voice: 0.5 to 2"}}, fields.numbers
    );
    add_fields<bool>(
        command,
        {{"--nc-needed", "ncNeeded", "true or false"},
         {"--report-refusal", "report_refusal", "true or false"}},
        fields.flags
    );
    add_database(command, to.enqueue.database);
    command.callback([&to] { to.run = [&to] { return cli::enqueue(to.common, to.enqueue); }; });
}

void add_status(CLI::App& app, invocation& to) {
    auto& command = *app.add_subcommand("status", "Tell the whole story of a job");
    command.add_option("JOB", to.status.job, "A job_id, or a message id (32 hex digits)")
        ->required();
    command.add_option("--account", to.status.account, "Whose job; default: everybody's");
    command.add_flag("--unmask", to.status.unmask, "Show the number whole");
    add_database(command, to.status.database);
    command.callback([&to] { to.run = [&to] { return cli::status(to.common, to.status); }; });
}

void add_keys(CLI::App& app, invocation& to) {
    auto& keys = *app.add_subcommand("keys", "The key ring's, and accounts' API keys");
    keys.require_subcommand(1);
    cli::add_ring_commands(keys, to.common, to.run);
    cli::add_api_key_commands(keys, to.common, to.run);
}

cli::exit_code show_version(const cli::common_options& common) {
    if (common.json) {
        nlohmann::ordered_json answer;
        answer["version"] = PINWIRE_VERSION;
        cli::print_json(answer);
    } else {
        cli::print("pinwire " PINWIRE_VERSION "\n");
    }
    return cli::exit_code::ok;
}

void add_commands(CLI::App& app, invocation& to) {
    app.require_subcommand(1);
    app.fallthrough();  // --config and --json may stand behind the command
    app.set_version_flag("--version", "pinwire " PINWIRE_VERSION);
    app.add_option("--config", to.common.config_file, "The configuration file")
        ->capture_default_str();
    app.add_flag("--json", to.common.json, "JSON instead of tables");
    app.footer(
        "Exit codes: 0 done, 1 failed or not found, 2 wrong usage, job or configuration,\n"
        "3 Kafka or PostgreSQL can't be reached."
    );
    add_migrate(app, to);
    add_topics(app, to);
    add_check_config(app, to);
    add_enqueue(app, to);
    add_status(app, to);
    cli::add_letter_commands(app, to.common, to.run);
    add_keys(app, to);
    cli::add_account_commands(app, to.common, to.run);
    cli::add_template_commands(app, to.common, to.run);
    cli::add_support_commands(app, to.common, to.run);
    cli::add_route_commands(app, to.common, to.run);
    cli::add_operate_commands(app, to.common, to.run);
    cli::add_switch_commands(app, to.common, to.run);
    cli::add_report_commands(app, to.common, to.run);
    cli::add_parked_command(app, to.common, to.run);
    cli::add_endpoint_commands(app, to.common, to.run);
    app.add_subcommand("version", "Show the version")->callback([&to] {
        to.run = [&to] { return show_version(to.common); };
    });
    cli::add_describe_command(app, to.run);
}

// A mistyped command or option leaves something missing as well; what was mistyped says more.
int tell_unknown(const CLI::App& app, const CLI::ParseError& otherwise) {
    const auto unknown = app.remaining(true);
    if (unknown.empty()) {
        app.exit(otherwise);
    } else {
        std::fprintf(
            stderr,
            "pinwire: %s isn't known here\nRun with --help for more information.\n",
            unknown.front().c_str()
        );
    }
    return static_cast<int>(cli::exit_code::wrong);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("pinwire: looks after a Pinwire installation");
    invocation given;
    add_commands(app, given);
    try {
        app.parse(argc, argv);
    } catch (const CLI::RequiredError& error) {
        return tell_unknown(app, error);
    } catch (const CLI::ExtrasError& error) {
        return tell_unknown(app, error);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : static_cast<int>(cli::exit_code::wrong);
    }
    try {
        return static_cast<int>(given.run());
    } catch (const cli::failure& error) {
        std::fprintf(stderr, "pinwire: %s\n", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "pinwire: %s\n", error.what());
        return static_cast<int>(cli::exit_code::failed);
    }
}
