#include "bench/open_loop.hpp"

#include <algorithm>
#include <vector>

#include "bench/offered_jobs.hpp"

namespace pinwire::bench {
namespace {

// Of what came, between the first and the last: a short run's own latency is not in it.
double achieved_rate(const std::vector<moments>& log) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::size_t count = 0;
    for (const auto& one : log) {
        if (one.at_customer == 0) continue;
        first = first == 0 ? one.at_customer : std::min(first, one.at_customer);
        last = std::max(last, one.at_customer);
        ++count;
    }
    if (count < 2 || last == first) return 0;
    return static_cast<double>(count - 1) * 1e6 / static_cast<double>(last - first);
}

percentiles between(
    const std::vector<moments>& log, std::uint64_t moments::*from, std::uint64_t moments::*to
) {
    const auto all = [](std::size_t) { return true; };
    return percentiles_of(spans(log, from, to, all));
}

}  // namespace

awaitable<open_loop_result> measure_open_loop(rig& on) {
    const auto jobs = on.jobs_of_phase(2);
    std::vector<moments> log(on.given.rate * static_cast<std::size_t>(on.given.span.count()));
    const auto before = co_await on.read();
    co_await offer(on, jobs, log);
    open_loop_result made;
    made.finals = co_await on.wait_for_finals(before.simulator.finals, log.size(), on.given.limit);
    const auto after = co_await on.read();
    co_await read_moments(on, jobs, before.simulator.next_seq, log);
    made.rate = on.given.rate;
    made.jobs = log.size();
    made.achieved = achieved_rate(log);
    made.handed_over = between(log, &moments::intended, &moments::handed_over);
    made.at_carrier = between(log, &moments::intended, &moments::at_carrier);
    made.at_customer = between(log, &moments::intended, &moments::at_customer);
    made.dlr_to_report = between(log, &moments::dlr_posted, &moments::at_customer);
    made.cost = cost_of(before, after, log.size());
    co_return made;
}

}  // namespace pinwire::bench
