// `pinwire audit`: who changed what, newest first. The reader's role is enough.
#pragma once

#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct audit_options {
    database_options database;
    std::string account;  // empty: everything
    int limit = 50;
};

exit_code audit(const common_options&, const audit_options&);

}  // namespace pinwire::cli
