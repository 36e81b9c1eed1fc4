#include "cli/switch_commands.hpp"

#include <CLI/CLI.hpp>

#include "cli/command_options.hpp"
#include "cli/switches.hpp"

namespace pinwire::cli {
namespace {

using options_ptr = std::shared_ptr<switch_options>;

void choose(
    CLI::App& command,
    const common_options& common,
    chosen& run,
    const options_ptr& options,
    exit_code (*what)(const common_options&, const switch_options&)
) {
    command.callback([&common, &run, options, what] {
        run = [&common, options, what] { return what(common, *options); };
    });
}

void add_how(CLI::App& command, const options_ptr& options, bool required) {
    auto* reason = command.add_option("--reason", options->reason, "For who asks later");
    if (required) reason->required();
    command.add_option("--for", options->lasts, "As 24h; default: until it is resumed");
}

void add_pause(
    CLI::App& app, const common_options& common, chosen& run, const char* group, const char* help
) {
    auto& commands = group_of_commands(app, group, help);
    const std::string kind = std::string(group) == "routes" ? "route" : "provider";
    auto& pause = *commands.add_subcommand("pause", "It takes nothing until it is resumed");
    auto pausing = options_for<switch_options>(pause);
    pausing->kind = kind;
    pausing->reason = "paused";
    pause.add_option("NAME", pausing->name, "As the configuration names it")->required();
    add_how(pause, pausing, false);
    choose(pause, common, run, pausing, suspend);
    auto& again = *commands.add_subcommand("resume", "End a pause");
    auto resuming = options_for<switch_options>(again);
    resuming->kind = kind;
    again.add_option("NAME", resuming->name, "As the configuration names it")->required();
    choose(again, common, run, resuming, resume);
}

}  // namespace

void add_switch_commands(CLI::App& app, const common_options& common, chosen& run) {
    constexpr auto kinds = "account, key, country, prefix, number, route or provider";
    auto& off = *app.add_subcommand("suspend", "Switch something off at once, everywhere");
    auto suspending = options_for<switch_options>(off);
    off.add_option("KIND", suspending->kind, kinds)->required();
    off.add_option("NAME", suspending->name, "Which one")->required();
    add_how(off, suspending, true);
    choose(off, common, run, suspending, suspend);
    auto& on = *app.add_subcommand("resume", "End a suspension");
    auto resuming = options_for<switch_options>(on);
    on.add_option("KIND", resuming->kind, kinds)->required();
    on.add_option("NAME", resuming->name, "Which one")->required();
    choose(on, common, run, resuming, resume);
    auto& list = *app.add_subcommand("suspended", "What is suspended, by whom and why");
    auto listing = options_for<switch_options>(list);
    list.add_flag("--unmask", listing->unmask, "Show numbers whole");
    choose(list, common, run, listing, list_suspended);
    add_pause(app, common, run, "routes", "Ways to carriers");
    add_pause(app, common, run, "providers", "Ways to look numbers up");
}

}  // namespace pinwire::cli
