#include "cli/report_commands.hpp"

#include <CLI/CLI.hpp>

#include "cli/command_options.hpp"
#include "cli/reports.hpp"

namespace pinwire::cli {
namespace {

constexpr int rate_max = 1000;

void add_filter(CLI::App& to, report_filter& filter, const std::vector<std::string>& states) {
    to.add_option("--account", filter.account, "Whose; default: everybody's");
    to.add_option("--endpoint", filter.endpoint, "Of this URL's scheme, host and port");
    to.add_option("--since", filter.since, "Given up or delivered since: a time, or 2h ago")
        ->capture_default_str();
    to.add_option("--until", filter.until, "And before; default: now");
    to.add_option("--state", filter.state, "Which")
        ->check(CLI::IsMember(states))
        ->capture_default_str();
}

void add_list(CLI::App& reports, const common_options& common, chosen& run) {
    auto& command = *reports.add_subcommand("list", "Those given up, delivered or waiting");
    auto options = options_for<report_list_options>(command);
    add_filter(command, options->filter, {"dead", "delivered", "waiting", "all"});
    command.add_option("--limit", options->limit, "How many, oldest first")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    command.callback([&common, &run, options] {
        run = [&common, options] { return list_reports(common, *options); };
    });
}

void add_show(CLI::App& reports, const common_options& common, chosen& run) {
    auto& command = *reports.add_subcommand("show", "What one says, and each try");
    auto options = options_for<report_show_options>(command);
    command.add_option("ID", options->id, "The report's (webhook-id) or its message's")->required();
    command.add_flag("--unmask", options->unmask, "Show the number whole");
    command.callback([&common, &run, options] {
        run = [&common, options] { return show_report(common, *options); };
    });
}

void add_replay(CLI::App& reports, const common_options& common, chosen& run) {
    auto& command = *reports.add_subcommand(
        "replay", "Send them again; only says what it would do, until --yes"
    );
    auto options = options_for<report_replay_options>(command);
    command.add_option("ID", options->id, "Only this one, whatever became of it");
    add_filter(command, options->filter, {"dead", "delivered", "all"});
    command.add_option("--rate", options->rate, "How many a second")
        ->check(CLI::Range(1, rate_max))
        ->capture_default_str();
    command.add_flag("--yes", options->yes, "Do it");
    command.callback([&common, &run, options] {
        run = [&common, options] { return replay(common, *options); };
    });
}

void add_test(CLI::App& reports, const common_options& common, chosen& run) {
    auto& command = *reports.add_subcommand("test", "Send a signed test report to a URL");
    auto options = options_for<report_test_options>(command);
    command.add_option("URL", options->url, "A customer's report_url")->required();
    command.add_option("--account", options->account, "Whose secrets and address rules")
        ->required();
    command.add_option("--format", options->format, "The dialect")
        ->check(CLI::IsMember({"360nrs", "infobip", "standard"}))
        ->capture_default_str();
    command.callback([&common, &run, options] {
        run = [&common, options] { return test_report(common, *options); };
    });
}

}  // namespace

void add_report_commands(CLI::App& app, const common_options& common, chosen& run) {
    auto& reports = group_of_commands(app, "reports", "Reports to customers");
    add_list(reports, common, run);
    add_show(reports, common, run);
    add_replay(reports, common, run);
    add_test(reports, common, run);
}

}  // namespace pinwire::cli
