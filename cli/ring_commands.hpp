// The commands of the key ring: `pinwire keys make` and `pinwire keys rotate`.
#pragma once

#include <CLI/App.hpp>
#include <functional>

#include "cli/command.hpp"

namespace pinwire::cli {

// `keys`: the group they belong to. `run` becomes what the command line chose.
void add_ring_commands(
    CLI::App& keys, const common_options& common, std::function<exit_code()>& run
);

}  // namespace pinwire::cli
