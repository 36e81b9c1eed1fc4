// How a session finds the database and how long it lets anything hang. A plain value: checked by
// common/config, not here.
#pragma once

#include <chrono>
#include <string>

#include "common/core/secret.hpp"

namespace pinwire::postgres {

struct connection_settings {
    std::string conninfo;  // libpq's key=value text, without a password
    secret password;       // empty: none is sent
    std::chrono::milliseconds statement_timeout{5000};
    std::chrono::milliseconds lock_timeout{2000};
    std::chrono::milliseconds idle_in_transaction_timeout{10'000};
    std::chrono::milliseconds tcp_user_timeout{5000};  // both ends, unless conninfo says otherwise
    std::chrono::milliseconds connect_timeout{5000};   // whole seconds, never below two
    std::string application_name = "pinwire";
};

}  // namespace pinwire::postgres
