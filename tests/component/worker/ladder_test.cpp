// The ladder of an attempt in doubt, rung by rung.
#include "worker/ladder.hpp"

#include <gtest/gtest.h>

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using kind = rung::kind;

const auto started = std::chrono::system_clock::time_point(std::chrono::hours(500'000));
const auto patience = started + 60s;

config::timing_settings timing() {
    config::timing_settings made;
    made.doubt_wait = 60s;
    return made;
}

doubt row(in_doubt_policy policy, std::chrono::seconds window) {
    doubt made;
    made.started_at = started;
    made.send_by = started + 10min;
    made.deadline = started + 75min;
    made.idempotency_window = window;
    made.policy = policy;
    return made;
}

rung at(const doubt& of, std::chrono::seconds after, std::optional<std::chrono::seconds> settled) {
    std::optional<std::chrono::system_clock::time_point> mark;
    if (settled) mark = started + *settled;
    return next_rung(of, mark, timing(), started + after);
}

TEST(Ladder, RepeatsWithinTheCarriersWindow) {
    const auto next = at(row(in_doubt_policy::hold, 30s), 29s, std::nullopt);
    EXPECT_EQ(next.what, kind::repeat);
    EXPECT_EQ(next.at, started + 29s);
}

TEST(Ladder, NeverRepeatsWhenTheWindowIsOverOrNotKnown) {
    EXPECT_NE(at(row(in_doubt_policy::hold, 30s), 30s, std::nullopt).what, kind::repeat);
    EXPECT_NE(at(row(in_doubt_policy::resend, 30s), 31s, std::nullopt).what, kind::repeat);
    EXPECT_NE(at(row(in_doubt_policy::hold, 0s), 0s, std::nullopt).what, kind::repeat);
}

TEST(Ladder, NeverRepeatsOrResendsWhatMayNotBeSentAnyMore) {
    for (const auto policy : {in_doubt_policy::hold, in_doubt_policy::resend}) {
        auto expired = row(policy, 1h);
        for (const auto late : {10min, 11min, 70min}) {
            const auto next = at(expired, late, 80min);
            EXPECT_EQ(next.what, kind::hold);
            EXPECT_EQ(next.at, expired.deadline);
        }
    }
}

TEST(Ladder, RepeatsAreBounded) {
    auto often = row(in_doubt_policy::hold, 1h);
    often.repeats = repeats_max - 1;
    EXPECT_EQ(at(often, 1s, std::nullopt).what, kind::repeat);
    often.repeats = repeats_max;
    EXPECT_EQ(at(often, 1s, std::nullopt).what, kind::hold);
}

TEST(Ladder, HoldsToTheDeadlineByDefault) {
    const auto held = row(in_doubt_policy::hold, 0s);
    const auto next = at(held, 5min, 10min);
    EXPECT_EQ(next.what, kind::hold);
    EXPECT_EQ(next.at, held.deadline);
}

TEST(Ladder, ResendsOnlyWhenNewsIsSettledPastThePatience) {
    const auto waived = row(in_doubt_policy::resend, 0s);
    EXPECT_EQ(at(waived, 60s, 60s).what, kind::resend);
    EXPECT_EQ(at(waived, 5min, 59s).what, kind::wait) << "the clock alone is no proof";
    EXPECT_EQ(at(waived, 5min, std::nullopt).what, kind::wait) << "an unread partition";
    EXPECT_EQ(at(waived, 59s, 70s).what, kind::wait) << "a mark of a clock that runs ahead";
}

TEST(Ladder, WaitsAtLeastForThePatienceAndNeverSpins) {
    const auto waived = row(in_doubt_policy::resend, 0s);
    EXPECT_EQ(at(waived, 10s, 0s).at, patience);
    EXPECT_EQ(at(waived, 5min, 0s).at, started + 5min + 1s);
}

TEST(Ladder, ResendComesOnlyAfterTheRepeats) {
    const auto both = row(in_doubt_policy::resend, 2min);
    EXPECT_EQ(at(both, 90s, 90s).what, kind::repeat);
    EXPECT_EQ(at(both, 2min, 2min).what, kind::resend);
}

TEST(Ladder, LooksAgainAtGrowingIntervals) {
    auto last = 0s;
    for (int repeats = 0; repeats < 8; ++repeats) {
        const auto next = after_repeat(repeats, started) - started;
        EXPECT_GE(next, last);
        EXPECT_GE(next, 1s);
        EXPECT_LE(next, 32s);
        last = std::chrono::duration_cast<std::chrono::seconds>(next);
    }
    EXPECT_EQ(after_repeat(-1, started), started + 1s);
}

}  // namespace
}  // namespace pinwire::worker
