// Reports that wait in the table, and no DLRs: how fast they go out.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "bench/reports/rig.hpp"

namespace pinwire::bench {
namespace {

using std::chrono::steady_clock;

struct drained {
    std::size_t came = 0;
    std::vector<steady_clock::time_point> moments;
    std::uint64_t requests = 0;
    std::string cost;
    double rate = 0;
    bool once = true;
};

drained drain(report_rig& on, std::size_t count, report_format format, std::chrono::seconds limit) {
    drained made;
    const auto requests = on.receiver.requests();
    const auto repeats = on.receiver.repeats();
    const auto first = on.jobs.add_waiting(count, on.receiver.quick(), format);
    const auto before = on.usage_now();
    made.came = on.wait_for(first, count, limit);
    made.cost = on.cost_since(before, count);
    made.moments = on.moments(first, count);
    made.requests = on.receiver.requests() - requests;
    made.rate = steady_rate(made.moments);
    made.once = on.receiver.repeats() == repeats;
    return made;
}

}  // namespace

std::vector<finding> measure_drain(report_rig& on) {
    const auto bare = on.bare().reports;
    const auto got = drain(on, on.given.backlog, report_format::standard, on.given.limit);
    finding made;
    made.name = fmt::format("drain of a backlog of {}", on.given.backlog);
    made.found = fmt::format(
        "{:.0f}/s sustained, {:.2f} of the bare client's {:.0f}/s", got.rate, got.rate / bare, bare
    );
    made.aim = "0.45 of the bare client's";
    made.holds = got.rate >= 0.45 * bare;
    made.complete = got.came == on.given.backlog && got.once;
    made.cost = got.cost;
    made.figures = {{"per_second", got.rate}, {"bare_per_second", bare}};
    return {made};
}

// The slowest minute against the first.
std::vector<finding> measure_million(report_rig& on) {
    const auto got =
        drain(on, on.given.million, report_format::standard, std::chrono::seconds(1800));
    constexpr auto minute = std::chrono::minutes(1);
    std::vector<double> minutes;
    if (!got.moments.empty()) {
        auto from = got.moments.begin();
        for (auto at = *from + minute; at <= got.moments.back(); at += minute) {
            const auto to = std::lower_bound(from, got.moments.end(), at);
            minutes.push_back(static_cast<double>(to - from) / 60);
            from = to;
        }
    }
    finding made;
    made.name = fmt::format("drain of {}", on.given.million);
    made.aim = "no minute below 80 % of the first";
    made.complete = got.came == on.given.million && got.once;
    made.cost = got.cost;
    if (minutes.empty()) {
        made.found = fmt::format("{:.0f}/s; over in less than a minute", got.rate);
    } else {
        const double slowest = *std::min_element(minutes.begin(), minutes.end());
        made.found = fmt::format(
            "{:.0f}/s in the first minute, {:.0f}/s in the slowest of {}",
            minutes.front(),
            slowest,
            minutes.size()
        );
        made.holds = slowest >= 0.8 * minutes.front();
        made.figures = {{"first_minute", minutes.front()}, {"slowest_minute", slowest}};
    }
    return {made};
}

std::vector<finding> measure_batches(report_rig& on) {
    const auto count = 2 * on.given.backlog;
    const auto got = drain(on, count, report_format::nrs360, on.given.limit);
    finding made;
    made.name = "360NRS arrays, receipts";
    made.found = fmt::format(
        "{:.0f}/s, {:.0f} in a request",
        got.rate,
        static_cast<double>(got.came) /
            static_cast<double>(std::max<std::uint64_t>(got.requests, 1))
    );
    made.aim = "25000/s";
    made.holds = got.rate >= 25'000;
    made.complete = got.came == count && got.once;
    made.cost = got.cost;
    made.figures = {{"per_second", got.rate}};
    return {made};
}

}  // namespace pinwire::bench
