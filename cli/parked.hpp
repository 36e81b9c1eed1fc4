// `pinwire parked`: delivery reports that fit no attempt yet, and why.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>

#include "cli/command.hpp"
#include "cli/connect.hpp"

namespace pinwire::cli {

struct parked_options {
    database_options database;
    std::string carrier;  // empty: all
    int limit = 50;       // the oldest
    bool unmask = false;
};

exit_code list_parked(const common_options&, const parked_options&);

void add_parked_command(CLI::App&, const common_options&, std::function<exit_code()>& run);

}  // namespace pinwire::cli
