// Jobs with plans in virtual time: workers choose steps and routes with the real rules (plan,
// next step, route choice, lane, pace, breaker), carriers take, refuse, fall silent or report,
// people verify. The table in between keeps the rules of sql/016_plans.sql: due steps, leases, what
// is settled. What every carrier had is held against the promises by an observer that shares
// nothing with the workers. Seeded and pure: the same world always ends the same.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/core/job.hpp"
#include "tests/simulation/route_world.hpp"

namespace pinwire::simulation {

// Shares of what a carrier does with a request, and of what becomes of those that it took.
struct plan_carrier {
    std::chrono::milliseconds latency{100};
    double later = 0;    // "not now", surely not sent
    double refused = 0;  // for good
    double in_doubt = 0;
    double delivers = 0;  // a report, and somebody reads the PIN
    double fails = 0;     // a final report that says so
    double silent = 0;    // the PIN comes, but no report; the others: nothing, ever
    seconds report_after{5};
    bool resends = false;  // in_doubt = resend
};

struct plan_route {
    route_terms terms;  // its price is a part's
    double tps = 100;
    double burst = 10;
    std::size_t window = 1000;  // in one worker
    plan_carrier carrier;
};

// What befalls the machines.
struct plan_faults {
    seconds worker_dies{0};  // the last one; 0: none does
    double stalls = 0;       // share of sweeps that pause longer than their lease
    seconds settler_away_from{0};
    seconds settler_away_until{0};
};

struct plan_scenario {
    std::uint64_t seed = 1;
    std::vector<plan_route> routes;
    std::vector<job> plans;  // each job has one of these; only steps and limits are looked at
    int workers = 1;
    double jobs_a_second = 100;
    std::int64_t jobs = 10'000;
    double long_share = 0.2;  // three parts
    seconds send_within{600};
    seconds validity{120};  // after it no news is awaited
    double verifies = 0;    // of those whose PIN came; some seconds later, whatever is reported
    breaker_settings health;
    plan_faults faults;
    seconds measured_from{0};
};

// Promises that were broken; all of them are to be 0.
enum class broken {
    sent_late,         // after its PIN's life or send_within
    sent_verified,     // after somebody verified it
    sent_delivered,    // after a report of delivery was settled
    sent_twice,        // within a step, while the one before may have been taken
    step_twice,        // a step began twice, or after a later one
    step_early,        // before its time, though nothing had failed
    step_unheard,      // though a report of delivery had been acknowledged in time
    refused_again,     // a route that refused, in a step that is not the last
    too_many,          // more attempts than the limit
    too_dear,          // more money than the limit
    never_ended,       // jobs
    ended_early,       // with a step left, time, money, attempts and a route
    left_behind,       // something still waits at the end
    count_of_promises  // not one
};

struct plan_findings {
    std::array<std::int64_t, static_cast<std::size_t>(broken::count_of_promises)> breaches{};
    std::int64_t delivered = 0;
    std::int64_t verified = 0;  // and no report said so
    std::int64_t ended = 0;     // all others
    std::int64_t requests = 0;
    std::int64_t steps = 0;             // that began
    std::int64_t withdrawn = 0;         // that waited for their turn too long
    std::int64_t limited = 0;           // ended by attempts or money
    seconds latest_step{0};             // after its time
    seconds lasted{0};                  // until the last arrival
    std::vector<double> parts;          // of each route, while measured
    std::vector<std::int64_t> changes;  // of its breakers, all workers
};

plan_findings run(const plan_scenario&);

}  // namespace pinwire::simulation
