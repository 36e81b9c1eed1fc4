// Plans in the worker: which attempt a step gets, and what a step does instead of waiting.
#include "worker/plan_steps.hpp"

#include <gtest/gtest.h>

#include "tests/component/worker/world.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using postgres::record_result;
using test::json_of;
using test::world;

const std::string two_messages = R"("steps":[{"after":20},{}])";
const std::string message_then_call = R"("steps":[{"after":20},{"channel":"voice"}])";

// The examples' two SMS routes, and one for calls over a carrier of its own.
config::settings with_calls() {
    auto made = test::settings();
    auto gamma = made.carriers.at(carrier_name("alpha"));
    gamma.translator.name = carrier_name("gamma");
    made.carriers.emplace(carrier_name("gamma"), gamma);
    auto calls = made.routes.at(route_name("first"));
    calls.name = route_name("calls");
    calls.carrier = carrier_name("gamma");
    calls.channel = channel::voice;
    made.routes.emplace(route_name("calls"), calls);
    return made;
}

// Lives the job until `recorded` outcomes are there; then its present step is over.
void live_and_step(world& w, const std::string& payload, std::size_t recorded = 1) {
    plan_steps stepper(w.store, w.ways, w.counts);
    w.run([&]() -> awaitable<void> {
        w.begin({payload});
        const auto there = [&] { return w.store.records.size() == recorded; };
        co_await test::until(there);
        std::vector<postgres::due_step> due;
        due.push_back(w.store.step_over("j1"));
        co_await stepper.begin(std::move(due));
    });
}

TEST(PlanSteps, AJobWithoutStepsHasNoPlan) {
    world w;
    w.live({json_of("j1")});
    EXPECT_FALSE(w.store.claims.at(0).plan);
}

TEST(PlanSteps, TheFirstAttemptIsTheFirstSteps) {
    world w(with_calls());
    w.live({json_of("j1", message_then_call)});
    const auto& plan = w.store.claims.at(0).plan;
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->step, 1);
    EXPECT_EQ(plan->channel, channel::sms);
    EXPECT_EQ(plan->after, 20s);
    EXPECT_EQ(w.carriers.sent.size(), 1U);
}

TEST(PlanSteps, ASilentRouteIsFollowedByAnotherWithTheSamePin) {
    world w;
    live_and_step(w, json_of("j1", two_messages));
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_EQ(w.carriers.sent[0].carrier, carrier_name("alpha"));
    EXPECT_EQ(w.carriers.sent[1].carrier, carrier_name("beta"));
    EXPECT_NE(w.carriers.sent[0].attempt, w.carriers.sent[1].attempt);
    EXPECT_EQ(w.carriers.sent[0].text, w.carriers.sent[1].text);
    EXPECT_EQ(w.calls.count("start"), 1) << "it waited, and was judged before it left";
    ASSERT_TRUE(w.store.steps.at(0).next);
    EXPECT_EQ(w.store.steps[0].next->step, 2);
    EXPECT_FALSE(w.store.steps[0].next->after) << "the last";
}

TEST(PlanSteps, TheSameRouteOnlyWhenItIsTheOnlyOne) {
    auto settings = test::settings();
    settings.routes.erase(route_name("second"));
    world w(settings);
    live_and_step(w, json_of("j1", two_messages));
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_EQ(w.carriers.sent[1].carrier, carrier_name("alpha"));
}

TEST(PlanSteps, ACallFollowsAMessage) {
    world w(with_calls());
    live_and_step(w, json_of("j1", message_then_call));
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_EQ(w.carriers.sent[1].carrier, carrier_name("gamma"));
    EXPECT_NE(w.carriers.sent[0].text, w.carriers.sent[1].text) << "spoken";
    ASSERT_TRUE(w.store.steps.at(0).next);
    EXPECT_EQ(w.store.steps[0].next->channel, channel::voice);
    EXPECT_EQ(w.store.records.at(1).call, call_status::pending_accepted);
}

TEST(PlanSteps, ARefusalTakesAnotherRouteOfTheSameStepFirst) {
    world w(with_calls());
    w.carriers.carrier_script["alpha"] = {test::refused(12)};
    w.live({json_of("j1", message_then_call)});
    ASSERT_TRUE(w.store.records.at(0).next);
    EXPECT_EQ(w.store.records[0].next->route, route_name("second"));
    EXPECT_EQ(w.carriers.sent.at(1).carrier, carrier_name("beta"));
}

TEST(PlanSteps, AStepThatFailedDoesNotWait) {
    world w(with_calls());
    w.carriers.carrier_script["alpha"] = {test::answered(429)};
    w.carriers.carrier_script["beta"] = {test::answered(429)};
    live_and_step(w, json_of("j1", message_then_call), 2);
    EXPECT_FALSE(w.store.records.at(1).next) << "no timed retry with a step behind it";
    ASSERT_EQ(w.carriers.sent.size(), 3U);
    EXPECT_EQ(w.carriers.sent[2].carrier, carrier_name("gamma"));
}

TEST(PlanSteps, ARefusalThatNoRouteCuresGoesOnToo) {
    world w(with_calls());
    w.carriers.carrier_script["alpha"] = {test::refused(52)};
    live_and_step(w, json_of("j1", message_then_call));
    EXPECT_FALSE(w.store.records.at(0).next);
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_EQ(w.carriers.sent[1].carrier, carrier_name("gamma"));
}

TEST(PlanSteps, TheLastStepIsTriedAgainLater) {
    world w(with_calls());
    w.carriers.carrier_script["gamma"] = {test::answered(429)};
    live_and_step(w, json_of("j1", message_then_call));
    ASSERT_EQ(w.carriers.sent.size(), 3U);
    EXPECT_EQ(w.carriers.sent[2].carrier, carrier_name("gamma"));
    ASSERT_TRUE(w.store.records.at(1).next);
    EXPECT_FALSE(w.store.records[1].next->start);
}

TEST(PlanSteps, WithoutAHeartbeatAStepIsNotSpent) {
    auto settings = with_calls();
    world w(settings);
    w.alive = false;
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1", message_then_call)});
        const auto recorded = [&] { return w.store.records.size() == 1; };
        co_await test::until(recorded);
        w.alive = true;
    });
    ASSERT_TRUE(w.store.records.at(0).next);
    EXPECT_EQ(w.store.records[0].next->route, route_name("first"));
}

TEST(PlanSteps, TheLimitOnAttemptsEndsThePlan) {
    world w;
    live_and_step(w, json_of("j1", two_messages + R"(,"limits":{"attempts":1})"));
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    ASSERT_EQ(w.store.steps.size(), 1U);
    EXPECT_FALSE(w.store.steps[0].next);
}

TEST(PlanSteps, TheLimitOnAttemptsCountsOtherRoutesToo) {
    world w;
    w.carriers.carrier_script["alpha"] = {test::refused(12)};
    w.live({json_of("j1", R"("steps":[{}],"limits":{"attempts":1})")});
    EXPECT_FALSE(w.store.records.at(0).next);
    EXPECT_TRUE(w.db->job("j1")->final);
}

TEST(PlanSteps, TheLimitOnMoneyPassesOverDearRoutes) {
    auto settings = with_calls();
    for (auto& [name, route] : settings.routes)
        route.price = name == route_name("calls") ? 90'000 : 10'000;
    world cheap(settings);
    live_and_step(cheap, json_of("j1", message_then_call + R"(,"limits":{"cost":100000})"));
    EXPECT_EQ(cheap.carriers.sent.size(), 2U);
    EXPECT_EQ(cheap.store.steps.at(0).next->attempt.cost, 90'000);
    world dear(settings);
    live_and_step(dear, json_of("j1", message_then_call + R"(,"limits":{"cost":99999})"));
    EXPECT_EQ(dear.carriers.sent.size(), 1U);
    EXPECT_FALSE(dear.store.steps.at(0).next);
}

TEST(PlanSteps, AFirstStepWithoutARouteIsPassedOver) {
    world w;
    w.live({json_of("j1", R"("steps":[{"channel":"voice","after":20},{}])")});
    const auto& plan = w.store.claims.at(0).plan;
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->step, 2);
    EXPECT_EQ(plan->channel, channel::sms);
    EXPECT_FALSE(plan->after);
    EXPECT_EQ(w.carriers.sent.size(), 1U);
}

TEST(PlanSteps, APlanWithoutAnyRouteEndsTheJobAtOnce) {
    world w;
    w.live({json_of("j1", R"("steps":[{"channel":"voice","after":20},{"channel":"voice"}])")});
    EXPECT_EQ(w.store.claims.at(0).reason, "no_route");
    EXPECT_FALSE(w.store.claims[0].plan);
    EXPECT_TRUE(w.carriers.sent.empty());
}

TEST(PlanSteps, AStepThatSomebodyElseDecidedIsLeftAlone) {
    world w;
    plan_steps stepper(w.store, w.ways, w.counts);
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1", two_messages)});
        const auto there = [&] { return w.store.records.size() == 1; };
        co_await test::until(there);
        std::vector<postgres::due_step> due;
        due.push_back(w.store.step_over("j1"));
        w.db->job("j1")->final = true;  // its report came
        co_await stepper.begin(std::move(due));
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.calls.count("start"), 0);
}

TEST(PlanSteps, WhatIsOverOrUnreadableCostsTheOthersNothing) {
    world w;
    plan_steps stepper(w.store, w.ways, w.counts);
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1", two_messages)});
        const auto there = [&] { return w.store.records.size() == 1; };
        co_await test::until(there);
        std::vector<postgres::due_step> due;
        due.push_back(w.store.step_over("j1"));
        due.push_back(due.front());
        due.push_back(due.front());
        due[0].step_at.reset();
        due[1].spec = R"({"v":99})";
        co_await stepper.begin(std::move(due));
    });
    EXPECT_EQ(w.store.steps.size(), 1U);
    EXPECT_EQ(w.carriers.sent.size(), 2U);
}

}  // namespace
}  // namespace pinwire::worker
