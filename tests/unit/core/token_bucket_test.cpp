#include "common/core/token_bucket.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const token_bucket::time_point start(hours(1000));

// Takes whenever the bucket says that it can, as the sender does.
long taken_in(token_bucket& bucket, seconds span) {
    long taken = 0;
    for (auto now = start; now < start + span; now = bucket.next_at(now))
        while (bucket.try_take(now))
            ++taken;
    return taken;
}

TEST(TokenBucket, HoldsItsRateWithinOnePercent) {
    for (const double rate : {0.5, 1.0, 3.0, 7.3, 100.0, 333.3, 5000.0}) {
        token_bucket bucket(rate, 1, start);
        const seconds span(rate < 10 ? 1000 : 10);
        const double expected = rate * static_cast<double>(span.count());
        EXPECT_NEAR(static_cast<double>(taken_in(bucket, span)), expected, expected * 0.01) << rate;
    }
}

TEST(TokenBucket, NeverGivesMoreThanBurstPlusRate) {
    token_bucket bucket(100, 20, start);
    long taken = 0;
    for (int ms = 0; ms <= 1000; ++ms)
        while (bucket.try_take(start + milliseconds(ms)))
            ++taken;
    EXPECT_EQ(taken, 120);
}

TEST(TokenBucket, SavesUpNoMoreThanItsBurst) {
    token_bucket bucket(100, 5, start);
    int taken = 0;
    while (bucket.try_take(start + hours(1)))
        ++taken;
    EXPECT_EQ(taken, 5);
}

TEST(TokenBucket, SaysExactlyWhenTheNextCanBeTaken) {
    token_bucket bucket(3, 1, start);
    auto now = start;
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(bucket.try_take(now)) << i;
        const auto next = bucket.next_at(now);
        ASSERT_GT(next, now);
        ASSERT_FALSE(bucket.try_take(next - milliseconds(1))) << i;
        now = next;
    }
}

TEST(TokenBucket, TakesSeveralOrNone) {
    token_bucket bucket(10, 10, start);
    EXPECT_TRUE(bucket.try_take(start, 8));
    EXPECT_FALSE(bucket.try_take(start, 3));
    EXPECT_TRUE(bucket.try_take(start, 2));
    EXPECT_EQ(bucket.next_at(start, 5), start + milliseconds(500));
}

TEST(TokenBucket, MoreThanItsBurstIsTakenFromAFullBucketAndOwed) {
    token_bucket bucket(10, 2, start);
    EXPECT_TRUE(bucket.try_take(start, 5));
    EXPECT_FALSE(bucket.try_take(start + milliseconds(399), 1));
    EXPECT_TRUE(bucket.try_take(start + milliseconds(400), 1));
    EXPECT_FALSE(bucket.try_take(start + milliseconds(500), 5)) << "the bucket isn't full";
    EXPECT_EQ(bucket.next_at(start + milliseconds(500), 5), start + milliseconds(600));
}

TEST(TokenBucket, HoldsItsRateInPartsToo) {
    token_bucket bucket(30, 1, start);
    long parts = 0;
    for (auto now = start; now < start + seconds(1000); now = bucket.next_at(now, 3)) {
        if (bucket.try_take(now, 3)) parts += 3;
    }
    EXPECT_NEAR(static_cast<double>(parts), 30'000, 300);
}

TEST(TokenBucket, WhatIsSpentIsSavedUpAnew) {
    token_bucket bucket(10, 5, start);
    bucket.spend(start);
    EXPECT_FALSE(bucket.try_take(start));
    EXPECT_TRUE(bucket.try_take(start + milliseconds(100)));
}

TEST(TokenBucket, ARateOfZeroLetsNothingPass) {
    token_bucket bucket(0, 5, start);
    EXPECT_FALSE(bucket.try_take(start + hours(1)));
    EXPECT_EQ(bucket.next_at(start), token_bucket::time_point::max());
}

TEST(TokenBucket, AClockThatStepsBackGivesNothing) {
    token_bucket bucket(1, 1, start);
    EXPECT_TRUE(bucket.try_take(start));
    EXPECT_FALSE(bucket.try_take(start - hours(1)));
    EXPECT_FALSE(bucket.try_take(start + milliseconds(999)));
    EXPECT_TRUE(bucket.try_take(start + seconds(1)));
}

TEST(TokenBucket, ANewRateHoldsFromNowOn) {
    token_bucket bucket(1, 1, start);
    EXPECT_TRUE(bucket.try_take(start));
    bucket.set_rate(start + milliseconds(500), 10, 1);  // half a token saved up at the old rate
    EXPECT_EQ(bucket.next_at(start + milliseconds(500)), start + milliseconds(550));
    bucket.set_rate(start + hours(1), 2, 100);
    EXPECT_TRUE(bucket.try_take(start + hours(1)));
    EXPECT_FALSE(bucket.try_take(start + hours(1)));
}

TEST(TokenBucket, NeverTakenForYearsDoesNotOverflow) {
    token_bucket bucket(1e-9, 2, start);
    EXPECT_TRUE(bucket.try_take(start, 2));
    EXPECT_GT(bucket.next_at(start, 2), start + hours(24 * 300));
}

}  // namespace
}  // namespace pinwire
