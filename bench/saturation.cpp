#include "bench/saturation.hpp"

#include <algorithm>
#include <vector>

#include "common/runtime/deadline.hpp"

namespace pinwire::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t chunk_max = 1000;  // jobs handed to Kafka at once

struct sample {
    steady_clock::time_point at;
    std::uint64_t finals = 0;
};

double seconds_between(steady_clock::time_point from, steady_clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

// Without the ramp at the beginning and the tail at the end.
double steady_rate(const std::vector<sample>& samples, std::uint64_t finals) {
    const auto reached = [&samples](std::uint64_t count) {
        return *std::find_if(samples.begin(), samples.end(), [count](const sample& one) {
            return one.finals >= count;
        });
    };
    if (finals < 10) return 0;
    const auto first = reached(finals / 10);
    const auto last = reached(finals * 9 / 10);
    const double span = seconds_between(first.at, last.at);
    return span <= 0 ? 0 : static_cast<double>(last.finals - first.finals) / span;
}

}  // namespace

awaitable<saturation_result> measure_saturation(rig& on) {
    const auto jobs = on.jobs_of_phase(1);
    const auto wanted = on.given.jobs;
    const auto before = co_await on.read();
    const auto by = before.at + on.given.limit;
    std::vector<sample> samples;
    std::size_t produced = 0;
    std::uint64_t finals = 0;
    while (finals < wanted && steady_clock::now() < by) {
        const auto between = produced - std::min<std::size_t>(produced, finals);
        const auto room = on.given.backlog - std::min(on.given.backlog, between);
        const auto chunk = std::min({room, chunk_max, wanted - produced});
        // Small ones only at the very end: each costs a round trip.
        const bool worth_it = chunk == chunk_max || chunk == wanted - produced;
        if (chunk > 0 && worth_it) {
            co_await on.produce(jobs, produced, chunk);
            produced += chunk;
        } else {
            co_await sleep_for(std::chrono::milliseconds(25));
        }
        const auto seen = co_await on.simulator.counts();
        finals = seen.finals - before.simulator.finals;
        samples.push_back(sample{steady_clock::now(), finals});
    }
    const auto after = co_await on.read();
    saturation_result made;
    made.jobs = produced;
    made.finals = finals;
    made.seconds = seconds_between(before.at, after.at);
    made.jobs_per_second = static_cast<double>(finals) / made.seconds;
    made.steady_per_second = steady_rate(samples, finals);
    made.cost = cost_of(before, after, static_cast<std::size_t>(finals));
    co_return made;
}

}  // namespace pinwire::bench
