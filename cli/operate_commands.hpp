// The command line of `pinwire reload`, `pinwire routes test` and `pinwire top`. Each chooses
// itself by setting `run`.
#pragma once

#include <CLI/App.hpp>
#include <functional>

#include "cli/command.hpp"

namespace pinwire::cli {

void add_operate_commands(CLI::App&, const common_options&, std::function<exit_code()>& run);

}  // namespace pinwire::cli
