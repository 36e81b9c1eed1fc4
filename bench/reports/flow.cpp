// From a DLR in to a report out: as many as go through, and how long one takes at a fixed rate,
// with nothing amiss and beside others' trouble.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "bench/reports/rig.hpp"

namespace pinwire::bench {
namespace {

using std::chrono::steady_clock;

constexpr double usual_rate = 200;  // DLRs a second
constexpr double busy_rate = 2000;

struct offered {
    percentiles latency;  // ms from the DLR's intended moment to its report
    std::size_t missing = 0;
    std::vector<steady_clock::time_point> moments;
    steady_clock::time_point began;
};

// Those of `counts(number)` alone have to come and are in the latency.
offered offer(
    report_rig& on,
    std::size_t first,
    std::size_t count,
    double rate,
    const std::function<bool(std::size_t)>& counts
) {
    auto what = on.dlrs(first, count, told::delivered);
    what.rate = rate;
    what.connections = rate > usual_rate ? 128 : 64;
    const auto got = post_all(what);
    offered made;
    made.began = got.began;
    const auto by = steady_clock::now() + std::chrono::seconds(20);
    std::vector<double> spans;
    for (std::size_t number = 0; number < count; ++number) {
        if (!counts(number)) continue;
        auto at = on.receiver.came_at(first + number);
        while (at == steady_clock::time_point() && steady_clock::now() < by) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            at = on.receiver.came_at(first + number);
        }
        if (at == steady_clock::time_point()) {
            ++made.missing;
            continue;
        }
        made.moments.push_back(at);
        spans.push_back(1e3 * seconds_of(at - got.due(number, rate)));
    }
    made.latency = percentiles_of(std::move(spans));
    std::sort(made.moments.begin(), made.moments.end());
    return made;
}

bool all(std::size_t) {
    return true;
}

std::size_t offered_in(std::chrono::seconds span, double rate) {
    return static_cast<std::size_t>(static_cast<double>(span.count()) * rate);
}

// All is well: 200/s to four quick endpoints.
offered offer_quietly(report_rig& on) {
    const auto count = offered_in(on.given.span, usual_rate);
    const auto first = on.jobs.add(count, on.receiver.quick(), report_format::standard);
    auto got = offer(on, first, count, usual_rate, all);
    on.quiet_p99 = got.latency.p99;
    return got;
}

// Reports a second from `from` on, for so long.
double rate_within(const offered& got, steady_clock::time_point from, std::chrono::seconds span) {
    const auto low = std::lower_bound(got.moments.begin(), got.moments.end(), from);
    const auto high = std::lower_bound(low, got.moments.end(), from + span);
    return static_cast<double>(high - low) / static_cast<double>(span.count());
}

// The lowest rate of all the parts, one behind the other: a standstill isn't made good by what is
// caught up later.
double slowest_part(
    const offered& got,
    steady_clock::time_point from,
    std::chrono::seconds whole,
    std::chrono::seconds part
) {
    double slowest = rate_within(got, from, part);
    for (auto at = part; at + part <= whole; at += part)
        slowest = std::min(slowest, rate_within(got, from + at, part));
    return slowest;
}

}  // namespace

std::vector<finding> measure_latency(report_rig& on) {
    const auto before = on.usage_now();
    const auto got = offer_quietly(on);
    finding made;
    made.name = "DLR in -> report out, 200/s";
    made.found = fmt::format(
        "p50 {:.1f}, p90 {:.1f}, p99 {:.1f}, max {:.0f} ms",
        got.latency.p50,
        got.latency.p90,
        got.latency.p99,
        got.latency.max
    );
    made.aim = "p50 5, p99 20 ms";
    made.holds = got.latency.p50 <= 5 && got.latency.p99 <= 20;
    made.complete = got.missing == 0;
    made.cost = on.cost_since(before, got.latency.count);
    made.figures = {{"p50_ms", got.latency.p50}, {"p99_ms", got.latency.p99}};
    return {made};
}

// The first quarter goes to an endpoint that never answers.
std::vector<finding> measure_fairness(report_rig& on) {
    if (!on.quiet_p99) offer_quietly(on);
    auto urls = on.receiver.quick();
    urls.resize(3);
    urls.insert(urls.begin(), on.receiver.silent().front());
    const auto count = offered_in(on.given.span * 3 / 2, usual_rate);
    const auto first = on.jobs.add(count, urls, report_format::standard);
    const auto got = offer(on, first, count, usual_rate, [](auto number) { return number % 4; });
    on.jobs.forget_reports();
    finding made;
    made.name = "a quarter to one that never answers";
    made.found = fmt::format(
        "the others' p50 {:.1f}, p99 {:.1f} ms; p99 without it {:.1f} ms",
        got.latency.p50,
        got.latency.p99,
        *on.quiet_p99
    );
    made.aim = "p99 twice that without, or 30 ms";
    made.holds = got.latency.p99 <= std::max(2 * *on.quiet_p99, 30.0);
    made.complete = got.missing == 0;
    made.figures = {{"p99_ms", got.latency.p99}, {"p99_without_ms", *on.quiet_p99}};
    return {made};
}

std::vector<finding> measure_flow(report_rig& on) {
    const auto bare = on.bare().reports;
    const auto count = on.given.jobs;
    const auto first = on.jobs.add(count, on.receiver.quick(), report_format::standard);
    const auto repeats = on.receiver.repeats();
    const auto before = on.usage_now();
    const auto got = post_all(on.dlrs(first, count, told::delivered));
    const auto came = on.wait_for(first, count, on.given.limit);
    const auto moments = on.moments(first, count);
    const double rate = steady_rate(moments);
    finding made;
    made.name = "end to end, one POST each";
    made.found = fmt::format(
        "{:.0f}/s sustained ({:.0f}/s over all), {:.2f} of the bare client's {:.0f}/s; taken in at "
        "{:.0f}/s",
        rate,
        static_cast<double>(came) / seconds_of(moments.back() - got.began),
        rate / bare,
        bare,
        got.per_second
    );
    made.aim = "4000/s, 0.30 of the bare client's";
    made.holds = rate >= 4000 && rate >= 0.30 * bare;
    made.complete = came == count && got.refused == 0 && on.receiver.repeats() == repeats;
    made.cost = on.cost_since(before, count);
    made.figures = {{"per_second", rate}, {"bare_per_second", bare}};
    return {made};
}

// 50 endpoints with one report a second each, beside one with a backlog that keeps all busy.
std::vector<finding> measure_hot(report_rig& on) {
    const auto count = offered_in(on.given.span, customer::quiet_endpoints);
    const auto first = on.jobs.add(count, on.receiver.quiet(), report_format::standard);
    on.jobs.add_waiting(on.given.backlog, {on.receiver.quick().front()}, report_format::standard);
    const auto got = offer(on, first, count, customer::quiet_endpoints, all);
    const auto left = on.jobs.reports_waiting();
    on.jobs.forget_reports();
    finding made;
    made.name = "50 quiet ones beside a backlog";
    made.found = fmt::format(
        "the quiet ones' p50 {:.1f}, p99 {:.1f} ms; the backlog's last {} of {} were left",
        got.latency.p50,
        got.latency.p99,
        left,
        on.given.backlog
    );
    made.aim = "p99 50 ms";
    made.holds = got.latency.p99 <= 50;
    made.complete = got.missing == 0;
    made.figures = {{"p99_ms", got.latency.p99}, {"left", static_cast<double>(left)}};
    return {made};
}

// Somebody's transaction holds back what vacuum may take away.
std::vector<finding> measure_transaction(report_rig& on) {
    const auto before_it = on.given.span;
    const auto count = offered_in(before_it + on.given.left_open, busy_rate);
    const auto first = on.jobs.add(count, on.receiver.quick(), report_format::standard);
    postgres::session holder(patient(on.given.conninfo));
    std::thread held([&] {
        std::this_thread::sleep_for(before_it);
        try {
            holder.query(
                "select txid_current(), pg_sleep($1::double precision)",
                {std::to_string(on.given.left_open.count() + 5)}
            );
        } catch (const postgres::database_error&) {
            // the figures stay what they are
        }
    });
    const auto got = offer(on, first, count, busy_rate, all);
    held.join();
    const auto part = std::min(on.given.left_open, std::chrono::seconds(10));
    const double without =
        rate_within(got, got.began + std::chrono::seconds(1), before_it - std::chrono::seconds(1));
    const double with = slowest_part(got, got.began + before_it, on.given.left_open, part);
    finding made;
    made.name = fmt::format("transaction open for {} s, 2000/s", on.given.left_open.count());
    made.found = fmt::format(
        "{:.0f}/s in the slowest {} s of it, {:.0f}/s before; p99 over all {:.0f} ms",
        with,
        part.count(),
        without,
        got.latency.p99
    );
    made.aim = "loses a tenth at most";
    made.holds = with >= 0.9 * without && with >= 0.9 * busy_rate;
    made.complete = got.missing == 0;
    made.figures = {{"per_second", with}, {"before_per_second", without}};
    return {made};
}

}  // namespace pinwire::bench
