// Workers, routes and carriers in virtual time: jobs come in, each worker chooses a route with the
// real classes (route choice, lane, pace, breaker), carriers take, refuse, throttle or fail, and
// everything is counted. Seeded and pure: the same scenario always ends the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "common/core/breaker.hpp"
#include "common/core/route_choice.hpp"

namespace pinwire::simulation {

using seconds = std::chrono::duration<double>;

struct carrier_model {
    double takes = std::numeric_limits<double>::infinity();  // parts a second; the rest: too fast
    double fails = 0;                                        // probability that a request fails
    std::chrono::milliseconds latency{100};
    seconds down_from{0};  // refuses connections in between
    seconds down_until{0};
};

struct route_model {
    route_terms terms;
    double tps = 100;
    double burst = 10;
    std::size_t window = 1000;  // in one worker
    carrier_model carrier;
};

struct living {
    seconds from{0};
    int workers = 1;
};

struct scenario {
    std::uint64_t seed = 1;
    std::vector<route_model> routes;
    std::vector<living> workers = {living()};
    seconds share_raised_after{20};  // a share is lowered at once
    double jobs_a_second = 100;
    std::int64_t jobs = 10'000;
    double long_share = 0.2;  // of the jobs have three parts, the others one
    seconds send_within{600};
    breaker_settings health;
    pinwire::among_equals among_equals = pinwire::among_equals::weight;
    seconds measured_from{0};  // rates are counted from here to the last arrival
};

struct route_findings {
    double parts = 0;         // that left while measured
    double parts_in_all = 0;  // that left
    std::int64_t sent = 0;    // accepted by the carrier
    std::int64_t failed = 0;
    std::int64_t throttled = 0;
    std::int64_t changes = 0;  // of its breakers between closed and not closed, all workers
};

struct findings {
    std::int64_t sent = 0;
    std::int64_t expired = 0;  // their time ran out
    std::int64_t refused = 0;  // nobody takes them
    std::int64_t out_of_order = 0;
    std::int64_t unended = 0;
    seconds lasted{0};        // until the last arrival
    seconds measured{0};      // of it
    seconds longest_wait{0};  // of a job that was sent, from its arrival
    seconds longest_wait_of_long{0};
    std::vector<route_findings> routes;
};

findings run(const scenario&);

}  // namespace pinwire::simulation
