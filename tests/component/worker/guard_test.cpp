// What the guard refuses, when it is asked, and what a pause holds back.
#include "worker/guard.hpp"

#include <gtest/gtest.h>

#include "tests/component/worker/world.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using test::json_of;
using test::world;

constexpr auto looked_up = R"("hlr_lookup":1)";

suspension off(switch_kind kind, const std::string& name) {
    suspension made;
    made.kind = kind;
    made.name = name;
    return made;
}

double refused(world& w, const std::string& reason) {
    const auto counter = w.metrics.make_counter(
        "pinwire_refused_total",
        "Jobs that the guard let end unsent, by reason",
        {{"reason", reason}}
    );
    return counter.value();
}

void expect_refused(world& w, const std::string& reason) {
    ASSERT_EQ(w.store.claims.size(), 1U);
    EXPECT_EQ(w.store.claims[0].reason, reason);
    EXPECT_FALSE(w.store.claims[0].pin);
    EXPECT_FALSE(w.store.claims[0].attempt);
    EXPECT_EQ(w.calls.count("request"), 0);
    EXPECT_EQ(w.offsets_done(), std::vector<std::int64_t>{0});
    EXPECT_EQ(refused(w, reason), 1);
}

TEST(Guard, ADestinationThatIsNotAllowedEndsBeforeThePaidLookup) {
    auto settings = test::settings();
    settings.guard.destinations.countries = {"34"};
    world w(settings);
    w.live({json_of("j1", looked_up)});
    expect_refused(w, "country_not_allowed");
    EXPECT_TRUE(w.carriers.looked_up.empty());
}

TEST(Guard, WhatIsSuspendedEndsBeforeThePaidLookup) {
    const std::pair<suspension, const char*> all[] = {
        {off(switch_kind::account, "acme"), "account_suspended"},
        {off(switch_kind::country, "44"), "country_suspended"},
        {off(switch_kind::prefix, "4477009"), "prefix_suspended"},
        {off(switch_kind::number, "447700900123"), "number_suspended"},
    };
    for (const auto& [one, reason] : all) {
        world w;
        w.suspend({one});
        w.loop.run(w.look());
        w.live({json_of("j1", looked_up)});
        expect_refused(w, reason);
        EXPECT_TRUE(w.carriers.looked_up.empty()) << reason;
    }
}

TEST(Guard, ASuspensionHoldsFromTheNextLookOn) {
    world w;
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1")});
        const auto sent = [&] { return w.carriers.sent.size() == 1; };
        co_await test::until(sent);
        std::vector<suspension> all = {off(switch_kind::prefix, "44")};
        w.suspend(std::move(all));
        co_await w.look();
        w.begin({json_of("j2")});
        const auto refused_too = [&] { return w.store.claims.size() == 2; };
        co_await test::until(refused_too);
        w.suspend({});
        co_await w.look();
        w.begin({json_of("j3")});
    });
    ASSERT_EQ(w.store.claims.size(), 3U);
    EXPECT_EQ(w.store.claims[1].reason, "prefix_suspended");
    EXPECT_EQ(w.carriers.sent.size(), 2U);
}

TEST(Guard, AnExpiredJobIsExpiredWhateverIsSuspended) {
    world w;
    w.suspend({off(switch_kind::country, "44")});
    w.loop.run(w.look());
    w.live({json_of("j1", R"("requested_at":"2020-01-01T00:00:00Z")")});
    ASSERT_EQ(w.store.claims.size(), 1U);
    EXPECT_EQ(w.store.claims[0].reason, "expired");
    EXPECT_EQ(refused(w, "country_suspended"), 0);
}

TEST(Guard, WithoutACapNobodyIsAsked) {
    world w;
    w.live({json_of("j1")});
    EXPECT_EQ(w.calls.count("count"), 0);
    EXPECT_EQ(w.carriers.sent.size(), 1U);
}

TEST(Guard, ACapIsCountedBehindTheLookupAndBeforeTheClaim) {
    auto settings = test::settings();
    settings.guard.caps[cap::number] = rate_limit{3, 1h};
    settings.guard.caps[cap::account_money] = rate_limit{1000, 1h};
    for (auto& [name, route] : settings.routes)
        route.price = 45;
    world w(settings);
    w.live({json_of("j1", looked_up)});
    ASSERT_EQ(w.counted.asked.size(), 1U);
    const auto& uses = w.counted.asked[0].uses;
    ASSERT_EQ(uses.size(), 2U);
    EXPECT_EQ(uses[0].amount, 1);
    EXPECT_EQ(uses[1].amount, 45);
    EXPECT_LT(w.calls.first("lookup"), w.calls.first("count"));
    EXPECT_LT(w.calls.first("count"), w.calls.first("claim"));
    EXPECT_EQ(w.carriers.sent.size(), 1U);
}

TEST(Guard, AFullCapIsTheJobsEnd) {
    auto settings = test::settings();
    settings.guard.caps[cap::number] = rate_limit{3, 1h};
    world w(settings);
    w.counted.answers["447700900123"].full = cap::number;
    w.live({json_of("j1")});
    expect_refused(w, "number_cap");
}

TEST(Guard, WhatIsNotSentAnywayIsNotCounted) {
    auto settings = test::settings();
    settings.guard.caps[cap::number] = rate_limit{3, 1h};
    world w(settings);
    w.carriers.provider_script = {test::answered(500)};
    w.live({json_of("j1", looked_up), json_of("j2", R"("requested_at":"2020-01-01T00:00:00Z")")});
    EXPECT_EQ(w.calls.count("count"), 0);
    ASSERT_EQ(w.store.claims.size(), 2U);
    EXPECT_EQ(w.store.claims[0].reason, "lookup_refused");
}

TEST(Guard, ARepeatIsCountedOnce) {
    auto settings = test::settings();
    settings.guard.caps[cap::number] = rate_limit{3, 1h};
    world w(settings);
    w.live({json_of("j1"), json_of("j1"), json_of("j1")});
    EXPECT_EQ(w.calls.count("count"), 1);
}

TEST(Guard, AnAccountsOwnCapsReplaceTheOthers) {
    auto settings = test::settings();
    settings.guard.caps[cap::number] = rate_limit{3, 1h};
    settings.guard.accounts[account_name("acme")][cap::number] = rate_limit{};
    world off_for_acme(settings);
    off_for_acme.live({json_of("j1")});
    EXPECT_EQ(off_for_acme.calls.count("count"), 0);
    settings.guard.accounts[account_name("acme")][cap::number] = rate_limit{7, 1h};
    world seven(settings);
    seven.live({json_of("j1")});
    ASSERT_EQ(seven.counted.asked.size(), 1U);
    EXPECT_EQ(seven.counted.asked[0].uses.at(0).limit.most, 7);
}

// ---- pauses

TEST(Pause, ARouteTakesNothingWhileThereIsAnother) {
    world w;
    w.suspend({off(switch_kind::route, "first")});
    w.loop.run(w.look());
    w.live({json_of("j1")});
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.carriers.sent[0].carrier, carrier_name("beta"));
}

TEST(Pause, BehindTheLastRouteAJobWaitsUntilItIsResumed) {
    world w;
    w.run([&]() -> awaitable<void> {
        std::vector<suspension> both = {
            off(switch_kind::route, "first"), off(switch_kind::route, "second")};
        w.suspend(std::move(both));
        co_await w.look();
        w.begin({json_of("j1")});
        const auto claimed = [&] { return w.store.claims.size() == 1; };
        co_await test::until(claimed);
        co_await pinwire::test::yield(50);
        EXPECT_EQ(w.store.claims[0].reason, "");
        EXPECT_EQ(w.db->only_attempt()->state, attempt_state::waiting);
        EXPECT_EQ(w.db->only_attempt()->route, route_name("first"));
        EXPECT_TRUE(w.carriers.sent.empty());
        w.suspend({});
        co_await w.look();
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
}

TEST(Pause, ARouteThatComesBackSoonIsBetterThanAPausedOne) {
    world w;
    w.suspend({off(switch_kind::route, "second")});
    w.loop.run(w.look());
    w.carriers.carrier_script["alpha"] = {test::answered(429), test::accepted()};
    w.live({json_of("j1")});
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_EQ(w.carriers.sent[1].carrier, carrier_name("alpha"));
}

TEST(Pause, APausedProviderIsNotAsked) {
    world w;
    w.suspend({off(switch_kind::provider, "hlr")});
    w.loop.run(w.look());
    w.live({json_of("j1", looked_up)});
    EXPECT_TRUE(w.carriers.looked_up.empty());
    ASSERT_EQ(w.store.claims.size(), 1U);
    EXPECT_EQ(w.store.claims[0].reason, "lookup_refused") << "as when no provider answers";
}

}  // namespace
}  // namespace pinwire::worker
