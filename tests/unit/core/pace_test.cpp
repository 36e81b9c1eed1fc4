#include "common/core/pace.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const pace::time_point start(hours(1000));

long taken_in(pace& p, pace::time_point from, seconds span) {
    long taken = 0;
    for (auto now = from; now < from + span; now += milliseconds(1))
        while (p.try_take(now, 1))
            ++taken;
    return taken;
}

TEST(Pace, IsTheConfiguredRateTimesTheShare) {
    pace p(100, 1, start);
    EXPECT_NEAR(static_cast<double>(taken_in(p, start, seconds(10))), 1000, 10);
    p.set_share(start + seconds(10), 0.25);
    EXPECT_NEAR(static_cast<double>(taken_in(p, start + seconds(10), seconds(10))), 250, 3);
}

TEST(Pace, SlowsDownWhenTheCarrierSaysSo) {
    pace p(100, 1, start);
    p.throttled(start, seconds(0));
    EXPECT_NEAR(p.factor(start), 0.7, 1e-9);
    p.throttled(start + milliseconds(999), seconds(0));
    EXPECT_NEAR(p.factor(start + milliseconds(999)), 0.72, 1e-3)
        << "answers to what was under way say nothing new";
    p.throttled(start + seconds(2), seconds(0));
    EXPECT_NEAR(p.factor(start + seconds(2)), 0.74 * 0.7, 1e-3);
}

TEST(Pace, NeverFallsBelowItsFloor) {
    pace p(100, 1, start);
    auto now = start;
    for (int i = 0; i < 100; ++i) {
        p.throttled(now, seconds(0));
        now += seconds(1);
    }
    EXPECT_GE(p.factor(now), pace::floor);
    EXPECT_GT(taken_in(p, now, seconds(10)), 0);
}

TEST(Pace, ComesBackToTheWholeRateWithTime) {
    pace p(100, 1, start);
    p.throttled(start, seconds(0));
    EXPECT_LT(p.factor(start + seconds(10)), 1);
    EXPECT_EQ(p.factor(start + seconds(16)), 1);
    EXPECT_NEAR(static_cast<double>(taken_in(p, start + seconds(16), seconds(10))), 1000, 10);
}

TEST(Pace, IsItsWholeShareAtOnceWhenItIsForgiven) {
    pace p(100, 1, start);
    p.set_share(start, 0.5);
    for (int i = 0; i < 20; ++i)
        p.throttled(start + seconds(i), seconds(0));
    const auto now = start + seconds(20);
    ASSERT_LT(p.factor(now), 0.1);
    p.forgive(now);
    EXPECT_NEAR(static_cast<double>(taken_in(p, now, seconds(10))), 500, 5);
}

TEST(Pace, LeavesTheCarrierAloneForAsLongAsItAsked) {
    pace p(100, 10, start);
    p.throttled(start, seconds(5));
    EXPECT_FALSE(p.try_take(start + milliseconds(4999), 1));
    EXPECT_EQ(p.quiet_until(), start + seconds(5));
    EXPECT_GE(p.next_at(start, 1), start + seconds(5));
    EXPECT_TRUE(p.try_take(start + milliseconds(5100), 1));
    EXPECT_NEAR(p.factor(start + seconds(5)), 0.7, 0.01) << "quiet time brings nothing back";
}

TEST(Pace, NoCarrierStopsARouteForEver) {
    pace p(100, 10, start);
    p.throttled(start, hours(24));
    EXPECT_TRUE(p.try_take(start + pace::wait_max + seconds(1), 1));
}

TEST(Pace, AShareOfNothingLetsNothingPass) {
    pace p(100, 10, start);
    p.set_share(start, 0);
    EXPECT_FALSE(p.try_take(start + hours(1), 1));
    EXPECT_EQ(p.next_at(start, 1), pace::time_point::max());
}

// A carrier that takes 60 a second and refuses the rest: most of its rate is used, and refusals
// stay rare.
TEST(Pace, SettlesJustBelowWhatTheCarrierTakes) {
    pace p(100, 10, start);
    token_bucket carrier(60, 10, start);
    long good = 0;
    long refused = 0;
    for (auto now = start; now < start + seconds(600); now += milliseconds(1)) {
        while (p.try_take(now, 1)) {
            if (carrier.try_take(now)) {
                ++good;
            } else {
                ++refused;
                p.throttled(now, seconds(0));
            }
        }
    }
    EXPECT_GT(good, 60 * 600 * 3 / 4);
    EXPECT_LT(refused, good / 50);
}

}  // namespace
}  // namespace pinwire
