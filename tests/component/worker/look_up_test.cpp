// Step 2: who is asked, how often, and for how long.
#include "worker/look_up.hpp"

#include <gtest/gtest.h>

#include "common/runtime/deadline.hpp"
#include "common/runtime/wakeup.hpp"
#include "tests/component/worker/world.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using test::world;

arrived wanting(lookup_policy policy, const std::string& to = "447700900123") {
    arrived made;
    made.job.to = *msisdn::parse(to);
    made.job.lookup = policy;
    return made;
}

awaitable<void> ask(world& w, arrived from, std::vector<looked_up>& into) {
    auto found = co_await w.look_up.run(std::move(from));
    into.push_back(std::move(found));
}

void also(world& w, std::vector<looked_up>& into, const std::string& to = "447700900123") {
    auto task = ask(w, wanting(lookup_policy::hlr_lookup, to), into);
    w.jobs.spawn(std::move(task), "lookup");
}

TEST(LookUp, AsksNobodyWhenItIsSkippedOrTooLate) {
    world w;
    std::vector<looked_up> got;
    w.run([&]() -> awaitable<void> {
        auto late = wanting(lookup_policy::hlr_lookup);
        late.too_late = true;
        co_await ask(w, late, got);
        co_await ask(w, wanting(lookup_policy::skip), got);
    });
    EXPECT_TRUE(w.carriers.looked_up.empty());
    ASSERT_EQ(got.size(), 2U);
    EXPECT_FALSE(got[1].verdict.nc);
}

TEST(LookUp, AnAnswerIsRemembered) {
    world w;
    std::vector<looked_up> got;
    w.run([&]() -> awaitable<void> {
        co_await ask(w, wanting(lookup_policy::hlr_lookup), got);
        co_await ask(w, wanting(lookup_policy::nc_needed), got);
    });
    EXPECT_EQ(w.carriers.looked_up.size(), 1U);
    EXPECT_EQ(w.counts.lookup_cache_hits.value(), 1);
    EXPECT_EQ(got.at(1).verdict.nc, nc_status::reachable);
}

TEST(LookUp, WhatProvedNothingIsAskedAgain) {
    world w;
    w.carriers.provider_script = {test::answered(500)};
    std::vector<looked_up> got;
    w.run([&]() -> awaitable<void> {
        co_await ask(w, wanting(lookup_policy::hlr_lookup), got);
        co_await ask(w, wanting(lookup_policy::hlr_lookup), got);
    });
    EXPECT_EQ(got.at(0).verdict.action, lookup_action::refuse);
    EXPECT_EQ(got.at(1).verdict.action, lookup_action::send);
}

TEST(LookUp, TwinsAreOneRequest) {
    world w;
    wakeup answer(w.loop.ex());
    w.carriers.before_lookup_answer = [&] { return answer.wait(); };
    std::vector<looked_up> got;
    w.run([&]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i)
            also(w, got);
        const auto asked = [&] { return w.carriers.looked_up.size() == 1; };
        co_await test::until(asked);
        co_await pinwire::test::yield(20);
        EXPECT_TRUE(got.empty());
        answer.notify();
    });
    EXPECT_EQ(w.carriers.looked_up.size(), 1U);
    ASSERT_EQ(got.size(), 3U);
    for (const auto& one : got)
        EXPECT_EQ(one.lookup.outcome, lookup_outcome::reachable);
}

TEST(LookUp, ACancelledTwinLeavesNobodyWaiting) {
    world w;
    wakeup never(w.loop.ex());
    w.carriers.before_lookup_answer = [&] { return never.wait(); };
    std::vector<looked_up> got;
    task_group leader(w.loop.ex(), nullptr);
    w.run([&]() -> awaitable<void> {
        std::vector<looked_up> lost;
        auto first = ask(w, wanting(lookup_policy::hlr_lookup), lost);
        leader.spawn(std::move(first), "leader");
        const auto asked = [&] { return w.carriers.looked_up.size() == 1; };
        co_await test::until(asked);
        also(w, got);
        co_await pinwire::test::yield(20);
        co_await leader.drain(0ms);
        EXPECT_TRUE(lost.empty());
    });
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].lookup.outcome, lookup_outcome::unknown);
}

TEST(LookUp, TheDeadlineBoundsASilentProvider) {
    auto settings = test::settings();
    settings.lookup.deadline = 50ms;
    world w(settings);
    w.carriers.provider_hangs = true;
    std::vector<looked_up> got;
    w.run([&]() -> awaitable<void> {
        const auto began = std::chrono::steady_clock::now();
        co_await ask(w, wanting(lookup_policy::hlr_lookup), got);
        const auto took = std::chrono::steady_clock::now() - began;
        EXPECT_GE(took, 50ms);
        EXPECT_LT(took, 1s) << "the provider's own time-out is 2 s";
    });
    EXPECT_EQ(got.at(0).lookup.outcome, lookup_outcome::unknown);
}

TEST(LookUp, ABusyProviderIsWaitedForWithinTheDeadline) {
    auto settings = test::settings();
    settings.providers.at(provider_name("hlr")).max_in_flight = 1;
    world w(settings);
    wakeup answer(w.loop.ex());
    int asked = 0;
    w.carriers.before_lookup_answer = [&]() -> awaitable<void> {
        if (++asked == 1) co_await answer.wait();
    };
    std::vector<looked_up> got;
    w.run([&]() -> awaitable<void> {
        also(w, got, "447700900123");
        also(w, got, "447700900124");
        const auto first_asked = [&] { return asked == 1; };
        co_await test::until(first_asked);
        co_await pinwire::test::yield(20);
        EXPECT_EQ(w.carriers.looked_up.size(), 1U);
        answer.notify();
    });
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[1].lookup.outcome, lookup_outcome::reachable);
}

TEST(LookUp, AProviderThatStaysBusyCountsAsUnknown) {
    auto settings = test::settings();
    settings.providers.at(provider_name("hlr")).max_in_flight = 1;
    settings.lookup.deadline = 30ms;
    world w(settings);
    wakeup answer(w.loop.ex());
    w.carriers.before_lookup_answer = [&] { return answer.wait(); };
    std::vector<looked_up> got;
    w.run([&]() -> awaitable<void> {
        also(w, got, "447700900123");
        also(w, got, "447700900124");
        const auto gave_up = [&] { return got.size() == 1; };
        co_await test::until(gave_up);
        answer.notify();
    });
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].lookup.error, "busy");
    EXPECT_EQ(got[0].from.job.to.digits(), "447700900124");
}

TEST(LookUp, ANumberThatNobodyCoversHasNoProvider) {
    auto settings = test::settings();
    settings.providers.at(provider_name("hlr")).translator.countries = {"34"};
    world w(settings);
    std::vector<looked_up> got;
    w.run([&]() -> awaitable<void> { co_await ask(w, wanting(lookup_policy::nc_needed), got); });
    EXPECT_TRUE(w.carriers.looked_up.empty());
    EXPECT_EQ(got.at(0).verdict.nc, nc_status::not_configured);
    EXPECT_EQ(got.at(0).verdict.action, lookup_action::send);
}

}  // namespace
}  // namespace pinwire::worker
