// What becomes of an order to a test number: decided by the account's settings alone, as a lookup
// and a carrier with that outcome would have decided it. Pure.
#pragma once

#include <optional>
#include <string>

#include "common/config/settings.hpp"
#include "common/core/job.hpp"
#include "common/core/status.hpp"

namespace pinwire::api {

struct test_fate {
    std::optional<nc_status> nc;
    std::optional<sms_status> sms;
    std::optional<call_status> call;
    std::optional<dlr_status> dlr;
    std::string reason;    // why nothing "was sent"; empty: it was
    bool refused = false;  // by the lookup: not even a PIN is made
};

test_fate fate_of(const job&, const config::test_number&, const config::lookup_settings&);

// The job's PIN is the fixed one, whatever was asked for.
void fix_pin(job&, const config::test_number&);

}  // namespace pinwire::api
