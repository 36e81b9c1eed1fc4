// DLRs on their way in: how many a second are acknowledged, alone and beside connections that say
// nothing. They say "under way", so that they are settled, too, but make no reports.
#include <fmt/format.h>

#include <optional>

#include "bench/reports/rig.hpp"

namespace pinwire::bench {
namespace {

constexpr std::size_t reported_jobs = 10'000;
constexpr std::size_t idle = 10'000;

std::size_t intake_jobs(report_rig& on) {
    static std::optional<std::size_t> first;
    if (!first) first = on.jobs.add(reported_jobs, on.receiver.quick(), report_format::standard);
    return *first;
}

posted take_in(report_rig& on, std::size_t first) {
    auto what = on.dlrs(first, 2 * on.given.jobs, told::enroute);
    what.make = [&on, first](std::size_t number) {
        return on.jobs.dlr(first + number % reported_jobs, told::enroute);
    };
    auto made = post_all(what);
    on.wait_until_settled();
    return made;
}

}  // namespace

std::vector<finding> measure_intake(report_rig& on) {
    const auto bare = on.bare().dlrs;
    const auto first = intake_jobs(on);
    const auto before = on.usage_now();
    const auto got = take_in(on, first);
    finding made;
    made.name = "DLR intake, 64 connections";
    made.found = fmt::format(
        "{:.0f}/s, {:.2f} of the bare server's {:.0f}/s; answered p50 {:.1f}, p99 {:.1f} ms",
        got.per_second,
        got.per_second / bare,
        bare,
        got.answered.p50,
        got.answered.p99
    );
    made.aim = "half of the bare server's, 8000/s";
    made.holds = got.per_second >= 8000 && got.per_second >= bare / 2;
    made.complete = got.refused == 0;
    made.cost = on.cost_since(before, 2 * on.given.jobs);
    made.figures = {
        {"per_second", got.per_second}, {"bare_per_second", bare}, {"p99_ms", got.answered.p99}};
    return {made};
}

std::vector<finding> measure_connections(report_rig& on) {
    const auto first = intake_jobs(on);
    const auto alone = take_in(on, first);
    const auto memory_before = on.callback_kib();
    const idle_connections silent(on.given.listen_port, idle);
    const auto beside = take_in(on, first);
    const auto memory = on.callback_kib();
    const auto open = silent.still_open();
    finding made;
    made.name = "10,000 idle connections";
    made.found = fmt::format(
        "{:.0f} MiB (before: {:.0f}), {} of them open; intake {:.0f}/s beside them, {:.0f}/s "
        "without",
        mib(memory),
        mib(memory_before),
        open,
        beside.per_second,
        alone.per_second
    );
    made.aim = "under 200 MB, intake unharmed";
    made.holds = mib(memory) < 200 && open == idle && beside.per_second > 0.9 * alone.per_second;
    made.complete = alone.refused + beside.refused == 0;
    made.figures = {
        {"mib", mib(memory)},
        {"per_second", beside.per_second},
        {"alone_per_second", alone.per_second}};
    return {made};
}

}  // namespace pinwire::bench
