// What the callback keeps resident: doing nothing, with reports waiting whose endpoints never
// answer, and while endpoints answer more than anybody wants to read.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "bench/reports/rig.hpp"

namespace pinwire::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t huge_answers = 3;

// The most that was seen until `over`, and for a while after.
std::uint64_t highest_kib(const report_rig& on, const std::function<bool()>& over) {
    std::uint64_t most = 0;
    const auto by = steady_clock::now() + on.given.limit;
    auto end = by;
    while (steady_clock::now() < end) {
        most = std::max(most, on.callback_kib());
        if (end == by && over()) end = std::min(by, steady_clock::now() + std::chrono::seconds(2));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return most;
}

}  // namespace

std::vector<finding> measure_idle(report_rig& on) {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const auto memory = on.callback_kib();
    finding made;
    made.name = "memory, idle";
    made.found = fmt::format("{:.1f} MiB", mib(memory));
    made.aim = "30 MB";
    made.holds = mib(memory) <= 30;
    made.figures = {{"mib", mib(memory)}};
    return {made};
}

std::vector<finding> measure_answers(report_rig& on) {
    const auto first = on.jobs.add(huge_answers, {on.receiver.huge()}, report_format::standard);
    const auto requests = on.receiver.requests();
    const auto before = on.callback_kib();
    const auto got = post_all(on.dlrs(first, huge_answers, told::delivered));
    const auto most =
        highest_kib(on, [&] { return on.receiver.requests() >= requests + huge_answers; });
    const bool asked = on.receiver.requests() >= requests + huge_answers;
    on.jobs.forget_reports();
    const double more = mib(most) - mib(before);
    finding made;
    made.name = "memory, three answers of 300 MB";
    made.found = fmt::format("{:+.1f} MiB on {:.1f}", more, mib(before));
    made.aim = "+2 MB";
    made.holds = more <= 2;
    made.complete = asked && got.refused == 0;
    made.figures = {{"more_mib", more}};
    return {made};
}

std::vector<finding> measure_waiting(report_rig& on) {
    const auto before = on.callback_kib();
    on.jobs.add_waiting(on.given.million, on.receiver.silent(), report_format::standard);
    const auto until = steady_clock::now() + on.given.span;
    const auto most = highest_kib(on, [until] { return steady_clock::now() >= until; });
    on.jobs.forget_reports();
    finding made;
    made.name = fmt::format("memory, {} rows waiting", on.given.million);
    made.found = fmt::format(
        "{:.1f} MiB (before: {:.1f}), at {} endpoints that never answer",
        mib(most),
        mib(before),
        customer::silent_endpoints
    );
    made.aim = "100 MB";
    made.holds = mib(most) <= 100;
    made.figures = {{"mib", mib(most)}};
    return {made};
}

}  // namespace pinwire::bench
