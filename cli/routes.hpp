// `pinwire routes`: how the routes stand, as the workers last said; and `pinwire routes explain`:
// which route a number takes and why each other one doesn't. The explanation is the workers' own
// choice (core/route_choice), given how the routes stand.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "cli/connect.hpp"

namespace pinwire::cli {

struct route_list_options {
    database_options database;
};
exit_code list_routes(const common_options&, const route_list_options&);

struct route_explain_options {
    database_options database;
    std::string number;
    std::string account;
    std::string channel = "sms";
    std::string network;    // MCC-MNC; empty: as without a lookup
    bool all_well = false;  // as if no route were in trouble: without the database
};
exit_code explain_route(const common_options&, const route_explain_options&);

}  // namespace pinwire::cli
