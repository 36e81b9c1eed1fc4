// What follows an outcome: nothing, another route, or the same route later. Pure: the clock, the
// routes and their health come in.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/config/settings.hpp"
#include "common/core/limits.hpp"
#include "common/core/plan.hpp"
#include "common/core/strong.hpp"
#include "worker/outcome.hpp"

namespace pinwire::worker {

// How far a job's sending has come.
struct progress {
    route_name route;                 // of the attempt that ended
    int attempt_number = 1;           // its number within the job
    std::vector<route_name> refused;  // routes that surely did not take it, this one not included
    std::chrono::system_clock::time_point send_by;
    int attempts_max = limits::attempts_per_job_max;
};

struct next_step {
    enum class kind {
        none,  // the job's sending is over
        now,   // on `route`, as soon as its permit allows
        later  // on `route`, not before `at`
    } what = kind::none;
    route_name route;
    std::chrono::system_clock::time_point at;
};

// `other_route`: the best route that has not refused this job yet, if there is one.
next_step after(
    const outcome&,
    const progress&,
    const std::optional<route_name>& other_route,
    const config::timing_settings&,
    std::chrono::system_clock::time_point now
);

// Where a job with a plan stands when one of its attempts has ended.
struct plan_progress {
    const job& of;
    int step = 1;
    std::vector<plan_try> tried;  // this attempt last
    bool waived = false;          // in doubt, and its route's policy is to send again
};

// Another route of the same step. The same one later only in the last step, or when the trouble was
// ours: the next step is better than waiting, and a sweep begins it (sql/016_plans.sql).
next_step after_in_plan(
    const outcome&,
    progress,
    plan_progress,
    const plan_routes&,
    const config::timing_settings&,
    std::chrono::system_clock::time_point now
);

}  // namespace pinwire::worker
