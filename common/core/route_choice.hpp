// Which route a job's next attempt takes. Pure: health and the random number come in, so that the
// same arguments always give the same route.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/core/job.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

enum class in_doubt_policy {
    hold,   // an attempt whose outcome can't be known is closed at its deadline, never repeated
    resend  // the operator's waiver of "at most once": each use is counted
};

// [routes.NAME]
struct route_settings {
    route_name name;
    carrier_name carrier;
    pinwire::channel channel = pinwire::channel::sms;
    std::vector<std::string> prefixes;  // digits, no plus; empty: every number
    int priority = 0;                   // lower first
    unsigned weight = 1;                // share among equals; 0: only when nothing else is left
    double tps = 10;                    // requests a second, all workers together
    unsigned window = 64;               // rows held and requests in flight at most, per worker
    sender_name sender;                 // when the job names none
    std::chrono::seconds validity{3600};
    bool retired = false;  // takes nothing new; its DLR path stays open
    pinwire::in_doubt_policy in_doubt = pinwire::in_doubt_policy::hold;
    std::chrono::milliseconds connect_timeout{3000};
    std::chrono::milliseconds answer_timeout{10000};
    unsigned attempts_max = 5;  // of one job on this route, the timed retries included
};

// What this job has already tried.
struct route_try {
    route_name route;
    unsigned attempts = 0;
    bool refused = false;  // surely not sent, and another route is wanted
};

using route_health = std::function<bool(const route_name&)>;

// Among the routes of the channel that match the number, are not retired, did not refuse the job
// and have tries left: the longest matching prefix wins, then the lowest priority, then weight.
// Unhealthy routes come after every healthy one: a dead carrier must not hold up a job that another
// route would take now; but when only they are left, one of them is taken in the same order.
// Null: none is left. `random` picks among equals.
const route_settings* choose_route(
    std::span<const route_settings* const> routes,
    channel wanted,
    const msisdn& to,
    std::span<const route_try> tried,
    const route_health& healthy,
    std::uint32_t random
);

}  // namespace pinwire
