#include "common/lookup/cache.hpp"

#include <gtest/gtest.h>

namespace pinwire::lookup {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const cache::time_point start{};

msisdn number(int n) {
    return *msisdn::parse("3460000000" + std::to_string(n));
}

lookup_result result_of(lookup_outcome outcome) {
    lookup_result result;
    result.outcome = outcome;
    result.permanent = outcome == lookup_outcome::invalid;
    result.mccmnc = "21407";
    return result;
}

TEST(LookupCache, KeepsEachOutcomeForItsTimeAndNotASecondLonger) {
    struct lifetime_case {
        lookup_outcome outcome;
        seconds kept;
    };
    const lifetime_case cases[] = {
        {lookup_outcome::reachable, minutes(5)},
        {lookup_outcome::absent, minutes(1)},
        {lookup_outcome::invalid, hours(6)},
        {lookup_outcome::landline, hours(6)},
        {lookup_outcome::valid_only, hours(6)},
    };
    for (const auto& expected : cases) {
        cache kept(10);
        kept.store(number(1), result_of(expected.outcome), start);
        const auto found = kept.find(number(1), start + expected.kept - seconds(1));
        ASSERT_TRUE(found) << to_string(expected.outcome);
        EXPECT_EQ(found->outcome, expected.outcome);
        EXPECT_EQ(found->mccmnc, "21407");
        EXPECT_FALSE(kept.find(number(1), start + expected.kept)) << to_string(expected.outcome);
        EXPECT_EQ(kept.size(), 0u);
    }
}

TEST(LookupCache, NeverKeepsWhatProvesNothing) {
    cache kept(10);
    kept.store(number(1), result_of(lookup_outcome::unknown), start);
    kept.store(number(2), result_of(lookup_outcome::no_provider), start);
    EXPECT_EQ(kept.size(), 0u);
}

TEST(LookupCache, KeepsAbsentForAMinuteAtMostWhateverIsSet) {
    cache_lifetimes lifetimes;
    lifetimes.absent = hours(1);
    cache kept(10, lifetimes);
    kept.store(number(1), result_of(lookup_outcome::absent), start);
    EXPECT_TRUE(kept.find(number(1), start + seconds(59)));
    EXPECT_FALSE(kept.find(number(1), start + seconds(60)));
}

TEST(LookupCache, ZeroLifetimeSwitchesAnOutcomeOff) {
    cache_lifetimes lifetimes;
    lifetimes.reachable = seconds(0);
    cache kept(10, lifetimes);
    kept.store(number(1), result_of(lookup_outcome::reachable), start);
    EXPECT_FALSE(kept.find(number(1), start));
}

TEST(LookupCache, DropsTheOneUnusedLongestWhenFull) {
    cache kept(3);
    for (int n = 1; n <= 3; ++n)
        kept.store(number(n), result_of(lookup_outcome::reachable), start);
    EXPECT_TRUE(kept.find(number(1), start));
    kept.store(number(4), result_of(lookup_outcome::reachable), start);
    EXPECT_EQ(kept.size(), 3u);
    EXPECT_FALSE(kept.find(number(2), start));
    EXPECT_TRUE(kept.find(number(1), start));
    EXPECT_TRUE(kept.find(number(3), start));
    EXPECT_TRUE(kept.find(number(4), start));
}

TEST(LookupCache, NeverHoldsMoreThanItsBound) {
    cache one(1);
    for (int n = 0; n <= 9; ++n) {
        one.store(number(n), result_of(lookup_outcome::invalid), start);
        EXPECT_EQ(one.size(), 1u);
    }
}

TEST(LookupCache, WithoutRoomKeepsNothing) {
    cache none(0);
    none.store(number(1), result_of(lookup_outcome::reachable), start);
    EXPECT_EQ(none.size(), 0u);
    EXPECT_FALSE(none.find(number(1), start));
}

TEST(LookupCache, BelievesAnInvalidNumberThatMayNotStaySoNoLongerThanAnAbsentOne) {
    cache kept(10);
    auto maybe = result_of(lookup_outcome::invalid);
    maybe.permanent = false;
    kept.store(number(1), maybe, start);
    EXPECT_TRUE(kept.find(number(1), start + seconds(59)));
    EXPECT_FALSE(kept.find(number(1), start + seconds(60)));
}

TEST(LookupCache, ANewerOutcomeReplacesTheOlder) {
    cache kept(10);
    kept.store(number(1), result_of(lookup_outcome::invalid), start);
    kept.store(number(1), result_of(lookup_outcome::reachable), start);
    EXPECT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept.find(number(1), start)->outcome, lookup_outcome::reachable);
    kept.store(number(1), result_of(lookup_outcome::unknown), start);
    EXPECT_FALSE(kept.find(number(1), start));
}

TEST(LookupCache, NumbersOfWhomTheSameIsSaidAreForgottenEachForItself) {
    cache two(2);
    two.store(number(1), result_of(lookup_outcome::reachable), start);
    two.store(number(2), result_of(lookup_outcome::reachable), start);
    two.store(number(1), result_of(lookup_outcome::unknown), start);
    EXPECT_FALSE(two.find(number(1), start));
    ASSERT_TRUE(two.find(number(2), start));
    EXPECT_EQ(two.find(number(2), start)->mccmnc, "21407");
}

TEST(LookupCache, SaysOfANumberAllThatWasSaidOfItAndNothingOfAnother) {
    cache kept(20);
    std::vector<lookup_result> all(10, result_of(lookup_outcome::invalid));
    all[1].outcome = lookup_outcome::landline;
    all[2].mccmnc = "21401";
    all[3].ported = true;
    all[4].roaming = true;
    all[5].line = line_type::premium;
    all[6].permanent = false;
    all[7].error = "5";
    all[8].provider = provider_name("other");
    all[9].cost_micros = 4500;
    for (int n = 0; n < 10; ++n)
        kept.store(number(n), all[n], start);
    for (int n = 0; n < 10; ++n) {
        const auto found = kept.find(number(n), start);
        ASSERT_TRUE(found) << n;
        EXPECT_EQ(found->outcome, all[n].outcome) << n;
        EXPECT_EQ(found->mccmnc, all[n].mccmnc) << n;
        EXPECT_EQ(found->ported, all[n].ported) << n;
        EXPECT_EQ(found->roaming, all[n].roaming) << n;
        EXPECT_EQ(found->line, all[n].line) << n;
        EXPECT_EQ(found->permanent, all[n].permanent) << n;
        EXPECT_EQ(found->error, all[n].error) << n;
        EXPECT_EQ(found->provider, all[n].provider) << n;
        EXPECT_EQ(found->cost_micros, all[n].cost_micros) << n;
    }
}

}  // namespace
}  // namespace pinwire::lookup
