// What follows an outcome, as a table: every verdict, with and without another route, before and
// after the job's time is up.
#include "worker/next_step.hpp"

#include <gtest/gtest.h>

#include "common/core/limits.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using carriers::verdict;
using kind = next_step::kind;

const auto t0 = std::chrono::system_clock::time_point(std::chrono::hours(500'000));
const route_name mine("mine");
const route_name other("other");

config::timing_settings timing() {
    config::timing_settings made;
    made.retry_first = 5s;
    made.retry_max = 60s;
    return made;
}

progress first_attempt() {
    progress made;
    made.route = mine;
    made.send_by = t0 + 1h;
    return made;
}

outcome of(verdict what) {
    outcome made;
    made.verdict = what;
    return made;
}

struct row {
    verdict what;
    bool other_route;
    kind follows;
};

TEST(NextStep, FollowsTheTableWhileThereIsTime) {
    const row rows[] = {
        {verdict::sent, false, kind::none},
        {verdict::sent, true, kind::none},
        {verdict::in_doubt, false, kind::none},
        {verdict::in_doubt, true, kind::none},
        {verdict::not_sent_final, false, kind::none},
        {verdict::not_sent_final, true, kind::none},
        {verdict::not_sent_next, false, kind::none},
        {verdict::not_sent_next, true, kind::now},
        {verdict::not_sent_later, false, kind::later},
        {verdict::not_sent_later, true, kind::now},
    };
    for (const auto& one : rows) {
        const auto another = one.other_route ? std::optional(other) : std::nullopt;
        const auto step = after(of(one.what), first_attempt(), another, timing(), t0);
        SCOPED_TRACE(static_cast<int>(one.what) * 10 + (one.other_route ? 1 : 0));
        EXPECT_EQ(step.what, one.follows);
        const route_name expected[] = {route_name(), other, mine};
        EXPECT_EQ(step.route, expected[static_cast<int>(one.follows)]);
    }
}

TEST(NextStep, NothingFollowsOnceTheTimeRanOut) {
    for (const auto what : {verdict::not_sent_next, verdict::not_sent_later}) {
        auto late = of(what);
        late.too_late = true;
        EXPECT_EQ(after(late, first_attempt(), other, timing(), t0).what, kind::none);
    }
}

TEST(NextStep, AWaitThatWouldEndTooLateIsNotStarted) {
    auto job = first_attempt();
    job.send_by = t0 + 5s;
    const auto later = of(verdict::not_sent_later);
    EXPECT_EQ(after(later, job, std::nullopt, timing(), t0).what, kind::none);
    job.send_by = t0 + 5001ms;
    EXPECT_EQ(after(later, job, std::nullopt, timing(), t0).what, kind::later);
}

TEST(NextStep, WaitsDoubleUpToTheMaximum) {
    const std::chrono::seconds waits[] = {5s, 10s, 20s, 40s, 60s, 60s};
    auto job = first_attempt();
    for (const auto wait : waits) {
        const auto step = after(of(verdict::not_sent_later), job, std::nullopt, timing(), t0);
        EXPECT_EQ(step.at, t0 + wait) << job.attempt_number;
        ++job.attempt_number;
    }
}

TEST(NextStep, TheCarriersOwnWaitCountsWhenItIsLonger) {
    auto busy = of(verdict::not_sent_later);
    busy.retry_after = 30s;
    EXPECT_EQ(after(busy, first_attempt(), std::nullopt, timing(), t0).at, t0 + 30s);
    busy.retry_after = 1s;
    EXPECT_EQ(after(busy, first_attempt(), std::nullopt, timing(), t0).at, t0 + 5s);
}

TEST(NextStep, AttemptsOfOneJobAreBounded) {
    auto job = first_attempt();
    job.attempt_number = limits::attempts_per_job_max - 1;
    EXPECT_EQ(after(of(verdict::not_sent_next), job, other, timing(), t0).what, kind::now);
    ++job.attempt_number;
    EXPECT_EQ(after(of(verdict::not_sent_next), job, other, timing(), t0).what, kind::none);
    EXPECT_EQ(after(of(verdict::not_sent_later), job, other, timing(), t0).what, kind::none);
}

}  // namespace
}  // namespace pinwire::worker
