#include "cli/endpoint_commands.hpp"

#include <CLI/CLI.hpp>

#include "cli/command_options.hpp"
#include "cli/endpoints.hpp"
#include "cli/reports.hpp"

namespace pinwire::cli {
namespace {

using options_ptr = std::shared_ptr<endpoint_options>;

void add_settings(CLI::App& command, const options_ptr& options) {
    command.add_option("--concurrency", options->concurrency, "Requests at once, of one callback");
    command.add_option("--rate", options->rate, "Requests a second, of one callback");
    command.add_option("--header", options->header, "A header to send with each request");
    command.add_option("--header-file", options->header_file, "Its value, in a file; sealed");
    command.add_option("--basic-user", options->basic_user, "Basic authentication: the user");
    command.add_option(
        "--basic-password-file", options->basic_password_file, "And the password, in a file; sealed"
    );
}

void add_enabling(CLI::App& command, const options_ptr& options) {
    command.add_option("--rate", options->rate_of_replay, "What was given up meanwhile, a second")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command.add_flag("--leave-dead", options->leave_dead, "It stays, for reports replay");
}

void add_test(CLI::App& group, const common_options& common, chosen& run) {
    auto& command = *group.add_subcommand(
        "test", "Send it a signed test report, with the header that is set for it"
    );
    auto options = options_for<report_test_options>(command);
    command.add_option("ACCOUNT", options->account, "Whose reports")->required();
    command.add_option("URL", options->url, "The report_url")->required();
    command.add_option("--format", options->format, "The dialect")
        ->check(CLI::IsMember({"360nrs", "infobip", "standard"}))
        ->capture_default_str();
    command.callback([&common, &run, options] {
        run = [&common, options] { return test_endpoint(common, *options); };
    });
}

}  // namespace

void add_endpoint_commands(CLI::App& app, const common_options& common, chosen& run) {
    auto& group = group_of_commands(app, "endpoints", "Where reports go, and how that goes");
    struct one {
        const char* name;
        const char* help;
        exit_code (*what)(const common_options&, const endpoint_options&);
    };
    for (const one& each :
         {one{"list", "Those that something is known of", list_endpoints},
          one{"show", "One of them, with what waits for it", show_endpoint},
          one{"set", "Its concurrency, rate and credentials; \"\" clears", set_endpoint},
          one{"disable", "It gets nothing any more; reports are kept for replay", disable_endpoint},
          one{"enable", "Reports go to it again, and those given up meanwhile", enable_endpoint}}) {
        auto& command = *group.add_subcommand(each.name, each.help);
        auto options = options_for<endpoint_options>(command);
        if (each.what == list_endpoints) {
            command.add_option("--account", options->account, "Default: of all");
        } else {
            command.add_option("ACCOUNT", options->account, "Whose reports")->required();
            command.add_option("URL", options->origin, "The report_url; its path is left out")
                ->required();
        }
        if (each.what == set_endpoint) add_settings(command, options);
        if (each.what == enable_endpoint) add_enabling(command, options);
        if (each.what == disable_endpoint)
            command.add_option("--reason", options->reason, "For who asks later")->required();
        command.callback([&common, &run, options, what = each.what] {
            run = [&common, options, what] { return what(common, *options); };
        });
    }
    add_test(group, common, run);
}

}  // namespace pinwire::cli
