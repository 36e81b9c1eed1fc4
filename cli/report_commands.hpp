// The command line of reports.hpp.
#pragma once

#include <CLI/App.hpp>

#include "cli/account_commands.hpp"

namespace pinwire::cli {

void add_report_commands(CLI::App&, const common_options&, chosen& run);

}  // namespace pinwire::cli
