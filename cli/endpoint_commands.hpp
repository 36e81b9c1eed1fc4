// The command line of endpoints.hpp.
#pragma once

#include <CLI/App.hpp>

#include "cli/account_commands.hpp"

namespace pinwire::cli {

// endpoints; list, show, set, disable and enable below it.
void add_endpoint_commands(CLI::App&, const common_options&, chosen& run);

}  // namespace pinwire::cli
