// `pinwire usage`: messages, parts and cost by account, route and day (UTC), for invoices. The
// reader's role is enough. Days that were pruned since are counted too.
#pragma once

#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct usage_options {
    database_options database;
    std::string from;     // 2026-11-01
    std::string to;       // the first day that no longer counts
    std::string account;  // empty: all
    bool csv = false;
};

exit_code usage(const common_options&, const usage_options&);

}  // namespace pinwire::cli
