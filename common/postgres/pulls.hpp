// Attempts whose report is overdue (sql/026_pull.sql). Blocking; run it on an executor's thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/job.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/status.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct overdue_question {
    carrier_name carrier;
    std::vector<route_name> routes;  // that are its own
    int limit = 0;                   // jobs
    milliseconds every{0};           // the same attempt at most so often
};

struct overdue_attempt {
    attempt_id attempt;
    std::string carrier_message_id;  // empty: never told
    msisdn to;
    pinwire::channel channel = pinwire::channel::sms;
    std::optional<dlr_status> status;  // what is known already
    std::optional<call_status> call;
};

// The longest overdue first to be taken; each is put off, so that nobody else has it meanwhile.
std::vector<overdue_attempt> take_overdue(session&, const overdue_question&);
// The carrier didn't answer: these are overdue again after `in`.
void pull_again(session&, std::span<const attempt_id>, milliseconds in);

}  // namespace pinwire::postgres
