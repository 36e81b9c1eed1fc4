// The commands of this program as its own command line knows them, written for others: bash's
// completion, and the commands' part of the manual page pinwire(1). What `--help` hides is left
// out. Pure: the build runs it once, so that neither can say what isn't there.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>

#include "cli/command.hpp"

namespace pinwire::cli {

std::string bash_completion(const CLI::App& app);
std::string manual_of_commands(const CLI::App& app);

// The hidden command `describe bash|manual`; to be added behind all others.
void add_describe_command(CLI::App& app, std::function<exit_code()>& run);

}  // namespace pinwire::cli
