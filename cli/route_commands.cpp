#include "cli/route_commands.hpp"

#include <CLI/CLI.hpp>

#include "cli/command_options.hpp"
#include "cli/routes.hpp"

namespace pinwire::cli {

void add_route_commands(CLI::App& app, const common_options& common, chosen& run) {
    auto& routes = group_of_commands(app, "routes", "Ways to carriers");
    const auto bare = std::make_shared<route_list_options>();
    routes.require_subcommand(0, 1);  // without one: the list
    routes.callback([&routes, &common, &run, bare] {
        if (!routes.get_subcommands().empty()) return;
        run = [&common, bare] { return list_routes(common, *bare); };
    });
    auto& list = *routes.add_subcommand("list", "How they stand, as the workers last said");
    auto listing = options_for<route_list_options>(list);
    list.callback([&common, &run, listing] {
        run = [&common, listing] { return list_routes(common, *listing); };
    });
    auto& explain = *routes.add_subcommand("explain", "Which one a number takes, and why");
    auto asked = options_for<route_explain_options>(explain);
    explain.add_option("NUMBER", asked->number, "E.164")->required();
    explain.add_option("--account", asked->account, "Whose job it would be");
    explain.add_option("--channel", asked->channel, "sms (default) or voice");
    explain.add_option(
        "--network", asked->network, "MCC and MNC, as a lookup tells; default: no lookup"
    );
    explain.add_flag(
        "--all-well", asked->all_well, "As if no route were in trouble; needs no database"
    );
    explain.callback([&common, &run, asked] {
        run = [&common, asked] { return explain_route(common, *asked); };
    });
}

}  // namespace pinwire::cli
