#include "cli/connect.hpp"

#include <fmt/format.h>

#include "cli/settings_file.hpp"
#include "common/config/files.hpp"
#include "common/config/rules.hpp"
#include "common/upkeep/connections.hpp"

namespace pinwire::cli {
namespace {

bool is_out_of_reach(const postgres::database_error& error) {
    const auto& state = error.sqlstate();
    // as a session judges it (common/postgres/session.cpp), and a server that has no seat left; a
    // cancelled statement or a full disk is an answer
    return state.empty() || state.starts_with("08") || state.starts_with("57P") || state == "53300";
}

std::string hint_for(const std::string& sqlstate) {
    if (sqlstate == "42501")
        return "; this role may not do that: `--conninfo` names another one (pinwire_reader reads, "
               "the schema's owner migrates and changes what stands there)";
    if (sqlstate == "42P01" || sqlstate == "3F000" || sqlstate == "42883")
        return "; is the schema there? `pinwire migrate` makes it";
    return {};
}

}  // namespace

postgres::connection_settings database_of(
    const common_options& common, const database_options& given
) {
    if (given.conninfo.empty()) {
        needed_secrets needed;
        needed.postgres = true;
        return upkeep::postgres_settings_of(load_settings(common, needed), "cli");
    }
    // the file's own rule: what can't be read or holds a password is no matter of reaching anybody
    const auto rule = config::conninfo_rule();
    if (const auto wrong = rule.check(given.conninfo); !wrong.empty()) {
        throw failure(
            exit_code::wrong, fmt::format("--conninfo {}; allowed: {}", wrong, rule.allowed)
        );
    }
    postgres::connection_settings made;
    made.conninfo = given.conninfo;
    made.application_name = "pinwire-cli";
    if (given.password_file.empty()) return made;
    auto read = config::read_secret_file(given.password_file);
    if (auto* text = std::get_if<secret>(&read)) {
        made.password = std::move(*text);
        return made;
    }
    throw failure(
        exit_code::wrong,
        fmt::format(
            "--password-file {}: {}", given.password_file.string(), std::get<std::string>(read)
        )
    );
}

std::unique_ptr<postgres::session> open_session(const postgres::connection_settings& where) {
    try {
        return std::make_unique<postgres::session>(where);
    } catch (const postgres::database_error& error) {
        throw failure(
            exit_code::unreachable,
            fmt::format(
                "PostgreSQL can't be reached: {}; see postgres.conninfo, or --conninfo if it is "
                "given (no password is shown here)",
                error.what()
            )
        );
    }
}

failure explain(const postgres::database_error& error) {
    const bool away = is_out_of_reach(error);
    return failure(
        away ? exit_code::unreachable : exit_code::failed,
        fmt::format("PostgreSQL: {}{}", error.what(), hint_for(error.sqlstate()))
    );
}

kafka::settings kafka_of(const config::settings& settings) {
    return upkeep::kafka_settings_of(settings);
}

failure explain_kafka(const config::settings& settings, const std::exception& error) {
    return failure(
        exit_code::unreachable,
        fmt::format(
            "Kafka at {} can't be reached: {}; see kafka.bootstrap_servers",
            settings.kafka.bootstrap_servers,
            error.what()
        )
    );
}

}  // namespace pinwire::cli
