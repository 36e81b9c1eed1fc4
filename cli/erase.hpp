// `pinwire erase NUMBER`: takes a person's data out of the database, and says what it took and what
// it can't reach. Needs the schema's owner; leaves an audit row.
#pragma once

#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct erase_options {
    database_options database;
    std::string number;
    bool force = false;  // erase the rest while something is under way
};

// failed: something is under way (without force: nothing was done; with it: that was left).
exit_code erase(const common_options&, const erase_options&);

}  // namespace pinwire::cli
