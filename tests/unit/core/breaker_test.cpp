#include "common/core/breaker.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace pinwire
