#include "cli/operate_commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_options.hpp"
#include "cli/reload.hpp"
#include "cli/route_test.hpp"
#include "cli/top/top.hpp"

namespace pinwire::cli {
namespace {

using chosen = std::function<exit_code()>;

void add_reload(CLI::App& app, const common_options& common, chosen& run) {
    auto& command = *app.add_subcommand(
        "reload", "Have the services of this machine read their configuration anew"
    );
    auto options = std::make_shared<reload_options>();
    command.add_option("INSTANCE", options->instances, "worker-1, api-1, …; default: all that run");
    command.add_option("--wait", options->wait_seconds, "Seconds for each to answer")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    command.callback([&common, &run, options] {
        run = [&common, options] { return reload(common, *options); };
    });
}

void add_route_test(CLI::App& app, const common_options& common, chosen& run) {
    auto& command =
        *group_of_commands(app, "routes", "Ways to carriers")
             .add_subcommand("test", "Send a real test message by a route, without a job");
    auto options = std::make_shared<route_test_options>();
    command.add_option("ROUTE", options->route, "As the configuration names it")->required();
    command.add_option("NUMBER", options->number, "Whom to send it to, E.164")->required();
    command.add_option("--text", options->text, "Default: the route's name and the time");
    command.add_option("--from", options->from, "The sender; default: the route's");
    command.add_flag("--yes", options->yes, "Don't ask; needed where there is no terminal");
    command.callback([&common, &run, options] {
        run = [&common, options] { return test_route(common, *options); };
    });
}

void add_top(CLI::App& app, const common_options& common, chosen& run) {
    auto& command = *app.add_subcommand("top", "Watch rates, lag, backlog, routes and endpoints");
    auto options = options_for<top_options>(command);
    command.add_option("--interval", options->interval_seconds, "Seconds from look to look")
        ->check(CLI::Range(0.5, 3600.0))
        ->capture_default_str();
    command.add_flag("--once", options->once, "Two looks, one screen as plain text");
    command.add_option(
        "--metrics",
        options->metrics,
        "ADDRESS:PORT of a service's metrics, as often as there are services; default: the "
        "configuration's metrics_listen"
    );
    command.callback([&common, &run, options] {
        run = [&common, options] { return top(common, *options); };
    });
}

}  // namespace

void add_operate_commands(CLI::App& app, const common_options& common, chosen& run) {
    add_reload(app, common, run);
    add_route_test(app, common, run);
    add_top(app, common, run);
}

}  // namespace pinwire::cli
