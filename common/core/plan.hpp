// The plan of a job: which step and route come next, given its steps, what was tried and what it
// may cost (docs/decisions/019-plans.md). When a step is over is the database's to say
// (sql/016_plans.sql): it knows what is settled. Pure: routes and their prices come in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "common/core/job.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

inline constexpr std::size_t plan_steps_max = 8;
inline constexpr std::chrono::seconds plan_after_max{3600};

// One attempt of the job so far.
struct plan_try {
    int step = 1;  // from 1
    route_name route;
    bool refused = false;   // surely not sent, and by the carrier or on the way to it
    std::int64_t cost = 0;  // micro-units; 0 when surely not sent
    // Its route was paused, in trouble or gone, and never asked: none of limits.attempts.
    bool passed_by = false;
};

struct plan_offer {
    route_name route;
    std::int64_t cost = 0;  // of the whole message on it
};
// The best route for this channel that is none of these; none: there is none.
using plan_routes =
    std::function<std::optional<plan_offer>(channel, const std::vector<route_name>& without)>;

// Why nothing comes next.
enum class plan_end {
    none,      // something does
    no_step,   // all steps have begun
    no_route,  // of the steps that are left none has a route
    too_dear,  // ... none that limits.cost allows
    attempts   // limits.attempts, or Pinwire's own bound, is reached
};

struct plan_next {
    int step = 0;  // from 1; 0: the plan is over
    plan_offer offer;
    plan_end why = plan_end::none;
};

// The first step after this one (0: from the start) that has a route. Routes that were not tried
// come first; then those that took an attempt; those that refused it only in the last step, which
// has nothing behind it. A step without a route is passed over.
plan_next
next_in_plan(const job&, int after_step, std::span<const plan_try> tried, const plan_routes&);

// Another route for an attempt of this step that surely was not sent; never one that refused.
plan_next again_in_step(const job&, int step, std::span<const plan_try> tried, const plan_routes&);

// Attempts that the job may have at most.
int attempts_max(const job&);

// Whether it has had as many: those that a carrier may have heard of, or refused.
bool is_exhausted(const job&, std::span<const plan_try> tried);

bool is_last_step(const job&, int step);
channel channel_of_step(const job&, int step);
// None: the last step.
std::optional<std::chrono::seconds> length_of_step(const job&, int step);

}  // namespace pinwire
