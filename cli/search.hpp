// `pinwire search NUMBER`: each job of a number, newest first, with a plain answer to "why no
// code?". The reader's role is enough.
#pragma once

#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct search_options {
    database_options database;
    std::string number;
    std::string account;  // empty: everybody's
    int limit = 10;
};

// failed: nothing is known of that number.
exit_code search(const common_options&, const search_options&);

}  // namespace pinwire::cli
