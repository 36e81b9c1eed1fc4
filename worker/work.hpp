// The values that a job turns into on its way; each step takes one and gives the next, so that none
// can be left out: record -> arrived -> looked_up -> attempt_work -> outcome. Plain values; the
// clear PIN is in none of them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/job.hpp"
#include "common/core/lookup_outcome.hpp"
#include "common/core/lookup_policy_table.hpp"
#include "common/core/plan.hpp"
#include "common/kafka/record.hpp"

namespace pinwire::worker {

using wall_time = std::chrono::system_clock::time_point;

// After step 1: decoded and of a known account.
struct arrived {
    kafka::record record;  // for the dead letter that it may still become
    pinwire::job job;
    std::array<std::uint8_t, 32> content_hash{};
    std::string waiter;  // the API process that waits for its events; empty: none
    bool too_late = false;
    std::string late_reason;  // "expired", or "beyond_dedupe_horizon"
    std::string refused;      // the guard's reason; empty: none
};

// After step 2.
struct looked_up {
    arrived from;
    lookup_verdict verdict;
    lookup_result lookup;
};

// One attempt that is ours: claimed, or taken from the table.
struct attempt_work {
    attempt_id id;
    message_id message;
    int number = 1;
    route_name route;
    carrier_name carrier;
    pinwire::job job;
    pinwire::pin_id pin;
    std::string sealed;  // read back after the claim, never the one just minted
    wall_time pin_expires_at = wall_time::max();
    wall_time send_by;
    wall_time next_at;     // waiting: not before
    wall_time started_at;  // in doubt: when its first request may have gone out
    wall_time deadline;
    int repeats = 0;
    std::vector<route_name> refused;  // routes that surely did not take this job
    std::string network;              // MCC-MNC, as the lookup told; empty: not known
    int stretch = 0;       // of our heartbeats, as of before its row was committed as ours to send
    int parts = 1;         // of the SMS; a call is one
    wall_time not_before;  // its place in a line; not set: next_at

    // Of a job with a plan; its `job.channel` is the step's.
    int step = 1;
    std::int64_t cost = 0;        // of this attempt
    std::vector<plan_try> tries;  // the attempts before it

    bool planned() const { return !job.steps.empty(); }
    void enter_step(int which) {
        step = which;
        if (planned()) job.channel = channel_of_step(job, which);
    }

    // The first moment at which nothing may be sent any more.
    wall_time last_moment() const { return std::min(send_by, pin_expires_at); }
};

}  // namespace pinwire::worker
