// Where nothing is sent to, what is switched off, and which counters a job takes of.
#include "common/core/guard.hpp"

#include <gtest/gtest.h>

#include <set>

#include "common/core/guard_caps.hpp"
#include "common/core/guard_switches.hpp"

namespace pinwire {
namespace {

using namespace std::chrono_literals;

msisdn number(std::string_view digits) {
    return *msisdn::parse(digits);
}

TEST(Refusal, EachHasANameOfItsOwnThatIsReadBack) {
    std::set<std::string_view> names;
    for (const auto one : all_refusals) {
        EXPECT_TRUE(names.insert(to_string(one)).second) << to_string(one);
        EXPECT_EQ(parse_refusal(to_string(one)), one);
    }
    EXPECT_EQ(parse_refusal("lookup_refused"), std::nullopt);
    EXPECT_EQ(parse_refusal(""), std::nullopt);
}

TEST(PrefixSet, HoldsWhatBeginsWithOneOfThem) {
    const prefix_set set({"34", "4477", "1"});
    for (const auto* held : {"34", "34600000000", "447700900123", "12025550123"})
        EXPECT_TRUE(set.holds(held)) << held;
    for (const auto* not_held : {"", "3", "35", "447", "4478", "2"})
        EXPECT_FALSE(set.holds(not_held)) << not_held;
    EXPECT_FALSE(prefix_set().holds("34"));
}

struct destination_case {
    const char* what;
    destination_rules rules;
    const char* to;
    std::optional<refusal> expected;
};

TEST(DestinationGuard, JudgesByNumberThenPrefixThenCountryThenRange) {
    destination_rules open;
    destination_rules spain;
    spain.countries = {"34"};
    spain.blocked_prefixes = {"3490"};
    spain.blocked_numbers = {"34600000001", "34900000001"};
    destination_rules premium = spain;
    premium.countries = {"34", "979"};
    destination_rules careless = premium;
    careless.refuse_premium = false;
    destination_rules nowhere;
    nowhere.countries.emplace();
    const destination_case cases[] = {
        {"no list: everywhere", open, "447700900123", std::nullopt},
        {"a country of the list", spain, "34600000002", std::nullopt},
        {"another country", spain, "447700900123", refusal::country_not_allowed},
        {"a blocked prefix", spain, "34900000002", refusal::prefix_blocked},
        {"a blocked number", spain, "34600000001", refusal::number_blocked},
        {"the number comes first", spain, "34900000001", refusal::number_blocked},
        {"premium, no list", open, "979123456789", refusal::premium_range},
        {"premium, another country", spain, "979123456789", refusal::country_not_allowed},
        {"premium, though listed", premium, "979123456789", refusal::premium_range},
        {"premium, waived", careless, "979123456789", std::nullopt},
        {"a satellite telephone", open, "881612345678", refusal::premium_range},
        {"an empty list", nowhere, "34600000002", refusal::country_not_allowed},
    };
    for (const auto& one : cases)
        EXPECT_EQ(destination_guard(one.rules).judge(number(one.to)), one.expected) << one.what;
}

suspension off(switch_kind kind, const std::string& name) {
    suspension made;
    made.kind = kind;
    made.name = name;
    return made;
}

TEST(Suspensions, AnAccountANumberAPrefixOrACountryRefuses) {
    const auto now = suspension::time_point(std::chrono::hours(1000));
    const suspensions some(
        {off(switch_kind::account, "blue"),
         off(switch_kind::number, "34600000001"),
         off(switch_kind::prefix, "3461"),
         off(switch_kind::country, "44"),
         off(switch_kind::route, "351")}
    );
    const account_name acme("acme");
    EXPECT_EQ(
        some.judge(account_name("blue"), number("351910000000"), now), refusal::account_suspended
    );
    EXPECT_EQ(some.judge(acme, number("34600000001"), now), refusal::number_suspended);
    EXPECT_EQ(some.judge(acme, number("34610000001"), now), refusal::prefix_suspended);
    EXPECT_EQ(some.judge(acme, number("447700900123"), now), refusal::country_suspended);
    EXPECT_EQ(some.judge(acme, number("34600000002"), now), std::nullopt);
    EXPECT_EQ(some.judge(acme, number("351910000000"), now), std::nullopt) << "a route's name";
    EXPECT_TRUE(some.holds(switch_kind::route, "351", now));
    EXPECT_FALSE(some.holds(switch_kind::provider, "351", now));
}

TEST(Suspensions, EndAtTheirTime) {
    const auto now = suspension::time_point(std::chrono::hours(1000));
    auto brief = off(switch_kind::prefix, "3461");
    brief.expires_at = now + 1s;
    const suspensions some({brief});
    EXPECT_EQ(some.judge(number("34610000001"), now), refusal::prefix_suspended);
    EXPECT_EQ(some.judge(number("34610000001"), now + 1s), std::nullopt);
}

TEST(SwitchKind, IsReadBackByItsName) {
    for (const auto one : all_switch_kinds)
        EXPECT_EQ(parse_switch_kind(to_string(one)), one);
    EXPECT_EQ(parse_switch_kind("carrier"), std::nullopt);
}

cap_subject subject(std::int64_t parts, std::int64_t money) {
    cap_subject made;
    made.account = account_name("acme");
    made.to = number("34600001234");
    made.parts = parts;
    made.money = money;
    return made;
}

TEST(Caps, AJobTakesOfEachCounterThatIsBounded) {
    cap_table caps;
    for (const auto one : all_caps)
        caps[one] = rate_limit{10, 1h};
    const auto uses = uses_of(caps, subject(2, 90));
    struct expected {
        cap which;
        const char* account;
        const char* scope;
        std::int64_t amount;
        const char* member;
    };
    const expected all[] = {
        {cap::number, "acme", "number:34600001234", 2, ""},
        {cap::prefix, "acme", "prefix:3460000", 2, ""},
        {cap::burst, "acme", "burst:3460000", 1, "1234"},
        {cap::account, "acme", "account", 2, ""},
        {cap::total, "", "total", 2, ""},
        {cap::number_money, "acme", "number_money:34600001234", 90, ""},
        {cap::prefix_money, "acme", "prefix_money:3460000", 90, ""},
        {cap::account_money, "acme", "account_money", 90, ""},
        {cap::total_money, "", "total_money", 90, ""},
    };
    ASSERT_EQ(uses.size(), std::size(all));
    for (std::size_t i = 0; i < uses.size(); ++i) {
        EXPECT_EQ(uses[i].which, all[i].which) << i;
        EXPECT_EQ(uses[i].account.str(), all[i].account) << i;
        EXPECT_EQ(uses[i].scope, all[i].scope);
        EXPECT_EQ(uses[i].amount, all[i].amount) << all[i].scope;
        EXPECT_EQ(uses[i].member, all[i].member) << all[i].scope;
    }
}

TEST(Caps, WhatCostsNothingCountsAgainstNoMoneyAndWhatIsOffAgainstNothing) {
    cap_table caps;
    caps[cap::account_money] = rate_limit{10, 1h};
    caps[cap::number] = rate_limit{};
    EXPECT_TRUE(uses_of(caps, subject(1, 0)).empty());
    EXPECT_TRUE(any(caps));
    caps[cap::account_money] = rate_limit{};
    EXPECT_FALSE(any(caps));
}

TEST(Caps, AnAccountsOwnReplaceThoseTheyName) {
    cap_table all;
    all[cap::number] = rate_limit{10, 1h};
    all[cap::account] = rate_limit{100, 1h};
    cap_table own;
    own[cap::number] = rate_limit{20, 1h};
    own[cap::account] = rate_limit{};
    const auto made = merged(all, own);
    EXPECT_EQ(made.at(cap::number).most, 20);
    EXPECT_FALSE(made.at(cap::account).bounded()) << "switched off";
}

TEST(Caps, EachRefusesUnderTheNameOfWhatIsFull) {
    EXPECT_EQ(refusal_of(cap::number_money), refusal::number_cap);
    EXPECT_EQ(refusal_of(cap::prefix), refusal::prefix_cap);
    EXPECT_EQ(refusal_of(cap::account_money), refusal::account_cap);
    EXPECT_EQ(refusal_of(cap::total), refusal::total_cap);
    EXPECT_EQ(refusal_of(cap::burst), refusal::prefix_burst);
    for (const auto one : all_caps)
        EXPECT_TRUE(is_cap(refusal_of(one))) << to_string(one);
    EXPECT_FALSE(is_cap(refusal::number_blocked));
}

}  // namespace
}  // namespace pinwire
