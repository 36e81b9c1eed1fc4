// Caps and the conversion guard (sql/015_guard.sql). Blocking; run it on an executor's thread.
// Counting is not idempotent: a batch that runs again after a lost answer counts twice (more than
// was sent, never less).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/guard_caps.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct cap_request {
    std::vector<cap_use> uses;  // of one job
};

struct cap_answer {
    std::optional<cap> full;                   // the first that had no room; nothing was counted
    std::chrono::milliseconds retry_after{0};  // until its window ends
};

// One answer for each request, in the order of the requests, who are judged in that order.
std::vector<cap_answer> count_guarded(session&, std::span<const cap_request>);

struct conversion_rules {
    std::chrono::milliseconds after{0};   // a PIN that isn't verified by then won't be
    std::chrono::milliseconds window{0};  // of messages that are that old
    int digits_dropped = 4;               // of a number: the rest is its prefix
    std::int64_t least = 0;               // messages, below which nothing is said
    double warn = 0;                      // share of verified PINs
    double stop = 0;
    std::chrono::milliseconds stop_for{0};
    std::string who;  // for the audit
};

// Counts messages that have become old enough, `limit` at most; returns how many were looked at: 0
// as well while another process counts.
int count_conversion(session&, const conversion_rules&, int limit);

struct low_conversion {
    std::string prefix;
    std::int64_t sent = 0;
    std::int64_t verified = 0;
    bool stopped = false;  // suspended by this call
};

// Prefixes below `warn`; below `stop` they are suspended, with an audit row.
std::vector<low_conversion> judge_conversion(session&, const conversion_rules&);

// Forgets idle counts and ends what has expired; returns how many went.
int tidy_guard(session&, const std::string& who, int limit);

}  // namespace pinwire::postgres
