// `pinwire endpoints list|show|set|disable|enable` (test: cli/reports.hpp): where accounts' reports
// go (account and origin of a report_url), how that goes, and what an operator says about it.
// Changes count in every callback within a second or two, need the schema's owner and leave an
// audit row.
#pragma once

#include <optional>
#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct endpoint_options {
    database_options database;
    std::string account;
    std::string origin;  // or any URL of it
    std::string reason;
    // Of `set`; none: stays, empty: as for all endpoints again.
    std::optional<std::string> concurrency;
    std::optional<std::string> rate;
    std::optional<std::string> header;
    std::string header_file;
    std::optional<std::string> basic_user;
    std::string basic_password_file;
    // Of `enable`: what was given up meanwhile goes out at so many a second, or stays.
    int rate_of_replay = 10;
    bool leave_dead = false;
};

exit_code list_endpoints(const common_options&, const endpoint_options&);
// Failed, when nothing is known of it.
exit_code show_endpoint(const common_options&, const endpoint_options&);
exit_code set_endpoint(const common_options&, const endpoint_options&);
// Failed, when it is so already.
exit_code disable_endpoint(const common_options&, const endpoint_options&);
exit_code enable_endpoint(const common_options&, const endpoint_options&);

}  // namespace pinwire::cli
