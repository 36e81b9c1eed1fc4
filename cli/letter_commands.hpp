// The commands below `pinwire dead-letters`.
#pragma once

#include <CLI/App.hpp>
#include <functional>

#include "cli/command.hpp"

namespace pinwire::cli {

// `run` becomes what the command line chose.
void add_letter_commands(
    CLI::App& app, const common_options& common, std::function<exit_code()>& run
);

}  // namespace pinwire::cli
