// `pinwire check-config`: every mistake of the file at once, with line, key and what is allowed;
// with --online also what Kafka and PostgreSQL say about it.
#pragma once

#include "cli/connect.hpp"

namespace pinwire::cli {

struct check_options {
    bool online = false;
    bool secrets = true;     // open the secret files; false where this user may not
    bool effective = false;  // print the settings with all defaults filled in
    database_options database;
};

// wrong: mistakes, or the removal of a carrier that still has attempts younger than 72 h.
exit_code check_config(const common_options&, const check_options&);

}  // namespace pinwire::cli
