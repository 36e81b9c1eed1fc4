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

// Every rung, as a table: what was tried, how late it is, and what comes next.
TEST(Ladder, ClimbsItsRungsInOrder) {
    struct step {
        std::chrono::seconds window;
        bool can_ask;
        std::chrono::seconds absent_after;
        int tried;  // repeats and asks so far
        std::chrono::seconds age;
        in_doubt_policy policy;
        kind what;
        std::chrono::seconds at;  // since the first request
    };
    constexpr auto hold = in_doubt_policy::hold;
    constexpr auto resend = in_doubt_policy::resend;
    const step steps[] = {
        // nothing to ask: as ever
        {0s, false, 0s, 0, 1s, hold, kind::hold, 75min},
        {0s, false, 0s, 0, 1s, resend, kind::wait, 60s},
        {0s, false, 0s, 0, 60s, resend, kind::resend, 60s},
        // asked once news is overdue, three times at most
        {0s, true, 0s, 0, 1s, hold, kind::wait, 60s},
        {0s, true, 0s, 0, 60s, hold, kind::ask, 60s},
        {0s, true, 0s, 1, 90s, hold, kind::ask, 90s},
        {0s, true, 0s, 2, 120s, hold, kind::ask, 120s},
        {0s, true, 0s, 3, 150s, hold, kind::hold, 75min},
        {0s, true, 0s, 0, 60s, resend, kind::ask, 60s},
        {0s, true, 0s, 3, 150s, resend, kind::resend, 150s},
        // found late, by whoever took over: still asked
        {0s, true, 0s, 0, 30min, hold, kind::ask, 30min},
        // the last ask waits until its silence proves something
        {0s, true, 5min, 1, 90s, hold, kind::ask, 90s},
        {0s, true, 5min, 2, 120s, hold, kind::wait, 5min},
        {0s, true, 5min, 2, 5min, hold, kind::ask, 5min},
        {0s, true, 5min, 3, 6min, hold, kind::hold, 75min},
        {30s, true, 5min, 7, 5min, hold, kind::wait, 330s},
        {30s, true, 5min, 7, 330s, hold, kind::ask, 330s},
        // an absence that is proved early prolongs nothing
        {0s, true, 30s, 2, 120s, hold, kind::ask, 120s},
        // repeats come first, and use up none of the asks
        {30s, true, 0s, 0, 29s, hold, kind::repeat, 29s},
        {30s, true, 0s, 5, 29s, hold, kind::wait, 60s},
        {30s, true, 0s, 5, 60s, hold, kind::ask, 60s},
        {30s, true, 0s, 7, 120s, hold, kind::ask, 120s},
        {30s, true, 0s, 8, 150s, hold, kind::hold, 75min},
        // expired: never sent again, but asked about
        {0s, true, 0s, 0, 11min, resend, kind::ask, 11min},
        {0s, true, 0s, 3, 12min, resend, kind::hold, 75min},
    };
    for (const step& one : steps) {
        auto doubtful = row(one.policy, one.window);
        doubtful.can_ask = one.can_ask;
        doubtful.absent_after = one.absent_after;
        doubtful.repeats = one.tried;
        const auto next = at(doubtful, one.age, one.age);
        const auto line = &one - steps;
        EXPECT_EQ(next.what, one.what) << "line " << line;
        EXPECT_EQ(next.at, started + one.at) << "line " << line;
    }
}

// From any row, with a carrier that never says anything of use, the policy is reached in bounded
// steps and time.
TEST(Ladder, ReachesThePolicyWithinItsBound) {
    for (const auto absent_after : {0s, 30s, 300s}) {
        for (const auto policy : {in_doubt_policy::hold, in_doubt_policy::resend}) {
            auto doubtful = row(policy, 20s);
            doubtful.can_ask = true;
            doubtful.absent_after = absent_after;
            auto now = started;
            int steps = 0;
            rung next;
            for (; steps < 20; ++steps) {
                next = next_rung(doubtful, now, timing(), now);
                if (next.what == kind::hold || next.what == kind::resend) break;
                if (next.what == kind::wait) {
                    now = next.at;
                    continue;
                }
                now = next.what == kind::ask ? after_ask(timing(), now)
                                             : after_repeat(doubtful.repeats, now);
                ++doubtful.repeats;
            }
            EXPECT_LT(steps, 20);
            const auto bound = std::max<std::chrono::seconds>(60s, absent_after) + 90s;
            EXPECT_LE(now, started + bound + 60s) << "asks left over from unused repeats";
        }
    }
}

TEST(Ladder, AsksAgainAfterHalfThePatienceAndNeverSpins) {
    EXPECT_EQ(after_ask(timing(), started), started + 30s);
    config::timing_settings hasty;
    hasty.doubt_wait = 0s;
    EXPECT_EQ(after_ask(hasty, started), started + 1s);
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
