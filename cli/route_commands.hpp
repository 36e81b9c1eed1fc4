// The command line of routes.hpp.
#pragma once

#include <CLI/App.hpp>

#include "cli/account_commands.hpp"

namespace pinwire::cli {

// routes; list and explain below it.
void add_route_commands(CLI::App&, const common_options&, chosen& run);

}  // namespace pinwire::cli
