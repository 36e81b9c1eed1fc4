// `pinwire accounts unlock`: a number that guessed wrong too often under the strict profile may
// guess again at once. Needs the schema's owner and leaves an audit row, like every change.
#pragma once

#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct unlock_options {
    database_options database;
    std::string account;  // of the tables or of the file
    std::string number;
};

// Failed, when there were no failures to forget.
exit_code unlock_number(const common_options&, const unlock_options&);

}  // namespace pinwire::cli
