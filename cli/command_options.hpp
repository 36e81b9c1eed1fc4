// What files that add commands share: options that many commands have, and subcommands that
// several files add to.
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "cli/command.hpp"

namespace pinwire::cli {

// Options with the two that name another role of the database.
template <class Options>
std::shared_ptr<Options> options_for(CLI::App& command) {
    auto made = std::make_shared<Options>();
    command.add_option(
        "--conninfo",
        made->database.conninfo,
        "libpq's key=value text, instead of postgres.conninfo"
    );
    command.add_option(
        "--password-file", made->database.password_file, "The password for --conninfo, in a file"
    );
    return made;
}

// `name` with commands below it: the one that is there, or a new one.
inline CLI::App& group_of_commands(
    CLI::App& app, const std::string& name, const std::string& help
) {
    const auto is_it = [&name](const CLI::App* one) { return one->get_name() == name; };
    const auto found = app.get_subcommands(std::function<bool(CLI::App*)>(is_it));
    if (!found.empty()) return *found.front();
    auto& made = *app.add_subcommand(name, help);
    made.require_subcommand(1);
    return made;
}

}  // namespace pinwire::cli
