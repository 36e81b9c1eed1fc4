// Jobs that are offered at a fixed rate whatever happens, and the moments of each: its own intended
// one, which all latencies count from, and those that the simulator's log tells. Single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "bench/rig.hpp"

namespace pinwire::bench {

// One job's moments, in Unix microseconds; 0: not seen.
struct moments {
    std::uint64_t intended = 0;
    std::uint64_t handed_over = 0;
    std::uint64_t at_carrier = 0;
    std::uint64_t dlr_posted = 0;
    std::uint64_t at_customer = 0;
};

// Produces each job of `log` at its moment, at the options' rate, and notes when.
awaitable<void> offer(rig&, const job_maker&, std::vector<moments>& log);

// Fills in what the simulator saw, out of its log from that number on.
awaitable<void> read_moments(rig&, const job_maker&, std::uint64_t from, std::vector<moments>& log);

// Milliseconds from one moment to the other, of the jobs that have both and whose place `which`
// takes.
std::vector<double> spans(
    const std::vector<moments>& log,
    std::uint64_t moments::*from,
    std::uint64_t moments::*to,
    const std::function<bool(std::size_t place)>& which
);

}  // namespace pinwire::bench
