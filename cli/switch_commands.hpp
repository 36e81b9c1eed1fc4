// The command line of switches.hpp.
#pragma once

#include <CLI/App.hpp>

#include "cli/account_commands.hpp"

namespace pinwire::cli {

// suspend, resume, suspended; pause and resume below `routes` and `providers`.
void add_switch_commands(CLI::App&, const common_options&, chosen& run);

}  // namespace pinwire::cli
