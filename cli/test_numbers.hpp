// `pinwire accounts test-number add|list|remove`: numbers that nobody's phone has. Their PIN and
// what becomes of it are fixed; nothing is sent and nothing is charged.
#pragma once

#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct test_number_options {
    database_options database;
    std::string account;
    std::string number;
    std::string pin_file;  // "-": stdin; a PIN on the command line is everybody's to see
    std::string nc;        // reachable, not_reachable, unknown; empty: reachable
    std::string outcome = "delivered";  // delivered, undelivered, expired, rejected
};

exit_code add_test_number(const common_options&, const test_number_options&);
exit_code list_test_numbers(const common_options&, const test_number_options&);
exit_code remove_test_number(const common_options&, const test_number_options&);

}  // namespace pinwire::cli
