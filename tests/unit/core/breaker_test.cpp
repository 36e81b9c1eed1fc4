#include "common/core/breaker.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pinwire {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using pass = breaker::pass;
using phase = breaker::phase;

const breaker::time_point start(hours(1000));

void fail(breaker& b, int count, breaker::time_point at = start) {
    for (int i = 0; i < count; ++i)
        b.failed(at, b.try_pass(at));
}

void succeed(breaker& b, int count, breaker::time_point at = start) {
    for (int i = 0; i < count; ++i)
        b.succeeded(at, b.try_pass(at));
}

TEST(Breaker, TenFailuresInARowOpenIt) {
    breaker b;
    fail(b, 9);
    EXPECT_EQ(b.state(), phase::closed);
    fail(b, 1);
    EXPECT_EQ(b.state(), phase::open);
    EXPECT_EQ(b.try_pass(start), pass::refused);
    EXPECT_EQ(b.probe_at(), start + seconds(5));
}

TEST(Breaker, ASuccessBreaksTheRow) {
    breaker b;
    succeed(b, 100);
    for (int i = 0; i < 5; ++i) {
        fail(b, 9);
        succeed(b, 30);
    }
    EXPECT_EQ(b.state(), phase::closed);
}

TEST(Breaker, HalfOfTwentyCallsInAMinuteOpenIt) {
    breaker b;
    for (int i = 0; i < 9; ++i) {
        fail(b, 1, start + seconds(i));
        succeed(b, 1, start + seconds(i));
    }
    fail(b, 1, start + seconds(10));
    EXPECT_EQ(b.state(), phase::closed);  // 19 calls
    fail(b, 1, start + seconds(10));
    EXPECT_EQ(b.state(), phase::open);
}

TEST(Breaker, WhatIsOlderThanAMinuteCountsNoMore) {
    breaker b;
    for (int i = 0; i < 9; ++i) {
        fail(b, 1);
        succeed(b, 1);
    }
    const auto later = start + seconds(60);
    fail(b, 2, later);
    EXPECT_EQ(b.state(), phase::closed);
}

TEST(Breaker, OneProbeAtATimeAndItsSuccessCloses) {
    breaker b;
    fail(b, 10);
    EXPECT_FALSE(b.would_pass(start + milliseconds(4999)));
    const auto due = start + seconds(5);
    EXPECT_TRUE(b.would_pass(due));
    EXPECT_EQ(b.try_pass(due), pass::probe);
    EXPECT_EQ(b.state(), phase::half_open);
    EXPECT_EQ(b.try_pass(due), pass::refused);
    b.succeeded(due, pass::probe);
    EXPECT_EQ(b.state(), phase::closed);
    EXPECT_EQ(b.try_pass(due), pass::normal);
    fail(b, 9, due);
    EXPECT_EQ(b.state(), phase::closed);  // nothing of before counts
}

TEST(Breaker, ProbeIntervalsGrowToFiveMinutesAndStartAgain) {
    breaker b;
    fail(b, 10);
    auto now = start;
    for (const long expected : {5, 10, 20, 40, 80, 160, 300, 300}) {
        EXPECT_EQ(b.probe_at() - now, seconds(expected));
        now = b.probe_at();
        ASSERT_EQ(b.try_pass(now), pass::probe);
        b.failed(now, pass::probe);
        EXPECT_EQ(b.state(), phase::open);
    }
    now = b.probe_at();
    b.succeeded(now, b.try_pass(now));
    fail(b, 10, now);
    EXPECT_EQ(b.probe_at() - now, seconds(5));
}

TEST(Breaker, ResultsOfOldCallsMoveNothing) {
    breaker b;
    fail(b, 10);
    b.succeeded(start, pass::normal);
    EXPECT_EQ(b.state(), phase::open);
    const auto due = start + seconds(5);
    ASSERT_EQ(b.try_pass(due), pass::probe);
    b.failed(due, pass::normal);
    b.succeeded(due, pass::normal);
    EXPECT_EQ(b.state(), phase::half_open);
}

TEST(Breaker, AnAbandonedProbeLeavesTheNextCallerToProbe) {
    breaker b;
    fail(b, 10);
    const auto due = start + seconds(5);
    ASSERT_EQ(b.try_pass(due), pass::probe);
    b.abandoned(due, pass::probe);
    EXPECT_EQ(b.try_pass(due), pass::probe);
}

breaker_settings careful() {
    breaker_settings made;
    made.probes_needed = 3;
    made.remembered = seconds(600);
    return made;
}

TEST(Breaker, SeveralProbesInARowCloseACarefulOne) {
    breaker b(careful());
    fail(b, 10);
    auto now = b.probe_at();
    for (int i = 0; i < 2; ++i) {
        b.succeeded(now, b.try_pass(now));
        EXPECT_EQ(b.state(), phase::half_open);
        EXPECT_TRUE(b.would_pass(now)) << "the next probe need not wait";
    }
    ASSERT_EQ(b.try_pass(now), pass::probe);
    EXPECT_FALSE(b.would_pass(now)) << "one at a time";
    b.succeeded(now, pass::probe);
    EXPECT_EQ(b.state(), phase::closed);
}

TEST(Breaker, OneFailedProbeAmongSeveralOpensItAgain) {
    breaker b(careful());
    fail(b, 10);
    auto now = b.probe_at();
    b.succeeded(now, b.try_pass(now));
    b.failed(now, b.try_pass(now));
    EXPECT_EQ(b.state(), phase::open);
    EXPECT_EQ(b.why(), breaker::cause::probe_failed);
    EXPECT_EQ(b.probe_at() - now, seconds(10));
    now = b.probe_at();
    b.succeeded(now, b.try_pass(now));
    b.succeeded(now, b.try_pass(now));
    EXPECT_EQ(b.state(), phase::half_open) << "the earlier success counts no more";
}

TEST(Breaker, ItsIntervalsStayGrownUntilItHasHeldClosedForAWhile) {
    breaker b(careful());
    auto now = start;
    for (const long expected : {5, 10, 20}) {
        fail(b, 10, now);
        EXPECT_EQ(b.probe_at() - now, seconds(expected));
        now = b.probe_at();
        succeed(b, 3, now);
        ASSERT_EQ(b.state(), phase::closed);
    }
    now += seconds(600);
    fail(b, 10, now);
    EXPECT_EQ(b.probe_at() - now, seconds(5));
}

TEST(Breaker, SaysWhyAndHowMuchFails) {
    breaker b;
    EXPECT_EQ(b.why(), breaker::cause::none);
    succeed(b, 30);
    fail(b, 9);
    EXPECT_NEAR(b.failures_share(start), 9.0 / 39, 1e-9);
    fail(b, 1);
    EXPECT_EQ(b.why(), breaker::cause::failures_in_row);
    breaker other;
    succeed(other, 5);
    for (int i = 0; i < 20; ++i) {
        fail(other, 3);
        succeed(other, 1);
    }
    EXPECT_EQ(other.why(), breaker::cause::failures_share);
}

TEST(Breaker, ARowOfThrottledCallsOpensNothingButTheirShareDoes) {
    breaker b;
    succeed(b, 31);
    for (int i = 0; i < 30; ++i)
        b.throttled(start, b.try_pass(start), true);
    EXPECT_EQ(b.state(), phase::closed);
    b.throttled(start, b.try_pass(start), false);
    EXPECT_EQ(b.state(), phase::closed) << "slowing down may help";
    b.throttled(start, b.try_pass(start), true);
    EXPECT_EQ(b.state(), phase::open);
    EXPECT_EQ(b.why(), breaker::cause::failures_share);
}

// An hour of calls that fail with one probability, ten a second.
int changes_in_an_hour(double failing, unsigned seed) {
    breaker b(careful());
    std::mt19937 random(seed);
    std::bernoulli_distribution fails(failing);
    int changes = 0;
    auto before = b.state();
    for (auto now = start; now < start + hours(1); now += milliseconds(100)) {
        const auto how = b.try_pass(now);
        if (how != pass::refused) fails(random) ? b.failed(now, how) : b.succeeded(now, how);
        const bool closed = b.state() == phase::closed;
        if (closed != (before == phase::closed)) ++changes;
        before = b.state();
    }
    return changes;
}

TEST(Breaker, DoesNotFlapWhateverTheErrorRate) {
    for (const double failing : {0.0, 0.1, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.8, 1.0})
        for (unsigned seed = 1; seed <= 5; ++seed)
            EXPECT_LE(changes_in_an_hour(failing, seed), 24) << failing << " seed " << seed;
    EXPECT_EQ(changes_in_an_hour(0.1, 1), 0);
    EXPECT_EQ(changes_in_an_hour(1.0, 1), 1) << "it never closes again";
}

}  // namespace
}  // namespace pinwire
