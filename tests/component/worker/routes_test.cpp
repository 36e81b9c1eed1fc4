// A route's permits, its line of waiting attempts, this worker's share of it, and its health.
#include "worker/routes.hpp"

#include <gtest/gtest.h>

#include "common/runtime/deadline.hpp"
#include "tests/component/runtime/run_loop.hpp"
#include "tests/component/worker/examples.hpp"
#include "worker/claim.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using pinwire::test::loop;

config::route_settings settings(double tps, double burst, int window) {
    config::route_settings made;
    made.name = route_name("first");
    made.tps = tps;
    made.burst = burst;
    made.window = window;
    made.queue_max = 3;
    return made;
}

attempt_work due(wall_time at, int number = 1) {
    attempt_work made;
    made.id = new_attempt_id();
    made.number = number;
    made.next_at = at;
    made.not_before = at;
    made.send_by = std::chrono::system_clock::now() + 1h;
    return made;
}

TEST(RouteLine, GivesNoMorePermitsThanItsWindow) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 2));
    auto first = line.try_permit();
    auto second = line.try_permit();
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(line.try_permit());
    first.reset();
    EXPECT_TRUE(line.try_permit());
}

TEST(RouteLine, GivesNoMorePermitsThanItsRate) {
    loop l;
    route_line line(l.ex(), settings(0.001, 2, 10));
    EXPECT_TRUE(line.try_permit());
    EXPECT_TRUE(line.try_permit());
    EXPECT_FALSE(line.try_permit()) << "the burst is spent";
}

TEST(RouteLine, NobodyOvertakesWhatWaits) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 10));
    line.hold(due(std::chrono::system_clock::now()));
    EXPECT_FALSE(line.try_permit());
}

TEST(RouteLine, WhatWaitsLeavesAsTheRateAllowsIt) {
    loop l;
    route_line line(l.ex(), settings(20, 1, 10));
    for (int i = 0; i < 3; ++i)
        line.hold(due(std::chrono::system_clock::now() - 1s));
    l.run([](route_line& one) -> awaitable<void> {
        const auto began = std::chrono::steady_clock::now();
        for (int i = 0; i < 3; ++i)
            co_await one.next();
        EXPECT_GE(std::chrono::steady_clock::now() - began, 90ms);
    }(line));
}

TEST(RouteLine, WhatWaitsLeavesOnceThereIsAPlace) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 1));
    auto place = line.try_permit();
    line.hold(due(std::chrono::system_clock::now() - 1s));
    const auto give_back = [](route_permit& held) -> awaitable<void> {
        co_await sleep_for(30ms);
        held = route_permit();
    };
    const auto take = [](route_line& one, route_permit& held) -> awaitable<void> {
        const auto next = co_await one.next();
        EXPECT_TRUE(next->permit.held());
        EXPECT_FALSE(held.held());
        EXPECT_EQ(one.under_way(), 1U);
    };
    boost::asio::co_spawn(l.io(), give_back(*place), [](std::exception_ptr error) {
        EXPECT_FALSE(error);
    });
    l.run(take(line, *place));
}

TEST(RouteLine, WhatLeavesForNothingCostsTheOthersNoneOfTheRate) {
    loop l;
    route_line line(l.ex(), settings(0.001, 3, 10));
    auto unused = line.try_permit(3);
    EXPECT_FALSE(line.try_permit());
    unused->give_back_unused();
    EXPECT_EQ(line.under_way(), 0U);
    const auto used = line.try_permit(3);
    EXPECT_TRUE(used);
    EXPECT_FALSE(line.try_permit()) << "and it isn't given back twice";
    EXPECT_EQ(line.parts(), 0U) << "nothing has left";
}

TEST(RouteLine, KnowsWhetherSomethingHasItsTime) {
    loop l;
    route_line line(l.ex(), settings(0.001, 1, 10));
    const auto now = std::chrono::system_clock::now();
    EXPECT_FALSE(line.any_due(now));
    line.hold(due(now + 1min));
    EXPECT_FALSE(line.any_due(now));
    EXPECT_TRUE(line.any_due(now + 2min));
}

TEST(RouteLine, APermitMayOutliveItsLine) {
    loop l;
    std::optional<route_permit> left;
    {
        route_line line(l.ex(), settings(1000, 100, 1));
        left = line.try_permit();
        line.hold(due(std::chrono::system_clock::now()));
    }
    left.reset();
}

TEST(RouteLine, AMessageOfThreePartsTakesThree) {
    loop l;
    route_line line(l.ex(), settings(0.001, 4, 10));
    EXPECT_TRUE(line.try_permit(3));
    EXPECT_FALSE(line.try_permit(3));
    EXPECT_TRUE(line.try_permit(1));
    EXPECT_EQ(line.parts(), 4U) << "of those that left";
}

TEST(RouteLine, WhatIsTooLateIsLetGoWithoutAPermit) {
    loop l;
    route_line line(l.ex(), settings(0.001, 1, 1));
    auto late = due(std::chrono::system_clock::now() - 2s, 1);
    late.send_by = std::chrono::system_clock::now() - 1s;
    line.hold(late);
    line.hold(due(std::chrono::system_clock::now() - 1s, 2));
    l.run([](route_line& one) -> awaitable<void> {
        const auto next = co_await one.next();
        EXPECT_EQ(next->work.number, 2) << "the only token of the next quarter of an hour";
    }(line));
    EXPECT_EQ(line.parts(), 1U);
    EXPECT_EQ(line.held_ids().size(), 1U);
}

TEST(RouteLine, SlowsDownAndLeavesTheCarrierAlone) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 10));
    EXPECT_EQ(line.factor(), 1);
    line.throttled(60s);
    EXPECT_LT(line.factor(), 1);
    EXPECT_FALSE(line.try_permit());
    const auto now = std::chrono::system_clock::now();
    EXPECT_NEAR(std::chrono::duration<double>(line.expected_at(now) - now).count(), 60, 1);
}

TEST(RouteLine, WaitingAttemptsLeaveInDueOrder) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 10));
    const auto now = std::chrono::system_clock::now();
    line.hold(due(now - 1s, 2));
    line.hold(due(now - 2s, 1));
    line.hold(due(now + 20ms, 3));
    l.run([](route_line& one) -> awaitable<void> {
        for (int number = 1; number <= 3; ++number) {
            const auto next = co_await one.next();
            EXPECT_EQ(next->work.number, number);
            EXPECT_LE(next->work.not_before, std::chrono::system_clock::now());
        }
    }(line));
}

TEST(RouteLine, OneAttemptHasOnePlaceUntilItIsLetGo) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 10));
    const auto work = due(std::chrono::system_clock::now() - 1s);
    line.hold(work);
    line.hold(work);
    EXPECT_EQ(line.held(), 1U);
    l.run([](route_line& one) -> awaitable<void> { co_await one.next(); }(line));
    line.hold(work);
    EXPECT_EQ(line.held(), 0U) << "it is about to be started";
    EXPECT_EQ(line.held_ids(), std::vector<attempt_id>{work.id});
    line.let_go(work.id);
    line.hold(work);
    EXPECT_EQ(line.held(), 1U);
}

TEST(RouteLine, StoppingReturnsWhatWasHeldAndEndsTheLine) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 10));
    line.hold(due(std::chrono::system_clock::now() - 1s));
    line.hold(due(std::chrono::system_clock::now() + 1h));
    EXPECT_EQ(line.stop().size(), 2U);
    EXPECT_FALSE(line.try_permit());
    EXPECT_EQ(line.free_places(), 0U);
    l.run([](route_line& one) -> awaitable<void> {
        const auto next = co_await one.next();
        EXPECT_FALSE(next);
    }(line));
}

TEST(RouteLine, HoldsOnlySoManyInMemory) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 10));
    for (std::size_t left = 3; left > 0; --left) {
        EXPECT_EQ(line.free_places(), left);
        line.hold(due(std::chrono::system_clock::now()));
    }
    EXPECT_EQ(line.free_places(), 0U);
    line.hold(due(std::chrono::system_clock::now()));
    EXPECT_EQ(line.held(), 3U);
    EXPECT_EQ(line.held_ids().size(), 3U) << "what isn't held can be taken from the table again";
}

TEST(RouteLine, ExpectsATurnByItsRateAndThoseBefore) {
    loop l;
    route_line line(l.ex(), settings(2, 1, 10));
    const auto now = std::chrono::system_clock::now();
    EXPECT_EQ(line.expected_at(now), now);
    line.hold(due(now));
    line.hold(due(now));
    EXPECT_EQ(line.expected_at(now), now + 1s);
    line.set_share(0);
    EXPECT_EQ(line.expected_at(now), now + 1min) << "a dead worker's rows are taken then";
}

TEST(RouteLine, AShareOfTheRateIsAShareOfTheBurst) {
    loop l;
    route_line line(l.ex(), settings(0.002, 4, 10));
    line.set_share(0.5);
    EXPECT_TRUE(line.try_permit());
    EXPECT_TRUE(line.try_permit());
    EXPECT_FALSE(line.try_permit());
}

TEST(RouteLine, APausedRouteLetsNothingGoAndGoesOnAfterwards) {
    loop l;
    auto paused = settings(1000, 100, 10);
    paused.paused = true;
    route_line line(l.ex(), paused);
    EXPECT_TRUE(line.paused());
    EXPECT_FALSE(line.try_permit());
    EXPECT_GT(line.free_places(), 0U) << "what waits for it is held, so that it can go round";
    line.hold(due(std::chrono::system_clock::now() - 1s, 7));
    line.set_paused(false);
    l.run([](route_line& one) -> awaitable<void> {
        const auto next = co_await one.next();
        EXPECT_EQ(next->work.number, 7);
    }(line));
}

class Routes : public testing::Test {
protected:
    route_line* choose(const std::vector<route_name>& refused = {}) {
        return all_.choose(wish_, refused);
    }
    std::string chosen(const std::vector<route_name>& refused = {}) {
        const auto* line = choose(refused);
        return line == nullptr ? "none" : line->config().name.str();
    }
    void fail(const std::string& name, int times) {
        for (int i = 0; i < times; ++i) {
            const auto pass = all_.begin(route_name(name));
            all_.end(route_name(name), pass, routes::health::bad);
        }
    }
    void pause(const std::string& which) {
        all_.ask_paused([which](const route_name& name) { return name.str() == which; });
        all_.look_again();
    }
    route_report report_of(const std::string& name) {
        for (auto& one : all_.report())
            if (one.name.str() == name) return one;
        throw std::logic_error("no such route");
    }

    loop loop_;
    const config::settings settings_ = test::settings();
    routes all_{loop_.ex(), settings_};
    const msisdn to_ = *msisdn::parse("447700900123");
    route_wish wish_ = wish_to(to_);

    static route_wish wish_to(const msisdn& to) {
        route_wish made;
        made.account = "acme";
        made.digits = to.digits();
        return made;
    }
};

TEST_F(Routes, TheBestRouteThatHasNotRefusedIsChosen) {
    EXPECT_EQ(choose()->config().name, route_name("first"));
    EXPECT_EQ(choose({route_name("first")})->config().name, route_name("second"));
    EXPECT_EQ(choose({route_name("first"), route_name("second")}), nullptr);
}

TEST_F(Routes, ARouteInTroubleComesAfterTheHealthyOnes) {
    fail("first", 10);
    EXPECT_EQ(choose()->config().name, route_name("second"));
    EXPECT_EQ(choose({route_name("second")})->config().name, route_name("first"))
        << "never a job's last hope lost";
}

TEST_F(Routes, WhatSaysNothingOfTheCarrierHurtsNobody) {
    for (int i = 0; i < 50; ++i) {
        const auto pass = all_.begin(route_name("first"));
        all_.end(route_name("first"), pass, routes::health::silent);
    }
    EXPECT_EQ(choose()->config().name, route_name("first"));
}

TEST_F(Routes, ARetiredCarriersRouteIsNotChosenAndAPausedOneOnlyWhenNothingElseIsLeft) {
    auto settings = settings_;
    settings.carriers.at(carrier_name("alpha")).retired = true;
    settings.routes.at(route_name("second")).paused = true;
    routes some(loop_.ex(), settings);
    const auto* line = some.choose(wish_, {});
    ASSERT_NE(line, nullptr) << "the job waits until the pause ends";
    EXPECT_EQ(line->config().name, route_name("second"));
    settings.carriers.at(carrier_name("beta")).retired = true;
    routes none(loop_.ex(), settings);
    EXPECT_EQ(none.choose(wish_, {}), nullptr);
}

TEST_F(Routes, WhatWaitsForARetiredCarrierGoesAnotherWayOrStays) {
    auto settings = settings_;
    settings.carriers.at(carrier_name("alpha")).retired = true;
    routes some(loop_.ex(), settings);
    EXPECT_FALSE(some.find(route_name("first"))->try_permit()) << "before anybody looks";
    some.look_again();
    EXPECT_FALSE(some.find(route_name("first"))->try_permit());
    const auto* other = some.better_than(route_name("first"), wish_, {});
    ASSERT_NE(other, nullptr);
    EXPECT_EQ(other->config().name, route_name("second"));
    EXPECT_EQ(some.better_than(route_name("first"), wish_, {route_name("second")}), nullptr);
}

TEST_F(Routes, AnOperatorsPauseIsFollowedBothWays) {
    pause("first");
    EXPECT_EQ(chosen(), "second");
    EXPECT_EQ(report_of("first").condition, route_condition::paused);
    EXPECT_EQ(report_of("first").reason, "operator");
    pause("none of them");
    EXPECT_EQ(chosen(), "first");
    EXPECT_EQ(report_of("first").condition, route_condition::ready);
}

TEST_F(Routes, AnOperatorMayPauseTheLastOne) {
    pause("second");
    EXPECT_EQ(chosen({route_name("first")}), "second");
    EXPECT_FALSE(choose({route_name("first")})->try_permit());
}

TEST_F(Routes, OnlyOneCallerIsSentToTryASickRoute) {
    auto settings = settings_;
    settings.worker.health.probe_first = 0s;
    routes some(loop_.ex(), settings);
    for (int i = 0; i < 10; ++i)
        some.end(route_name("first"), some.begin(route_name("first")), routes::health::bad);
    EXPECT_EQ(some.choose(wish_, {})->config().name, route_name("first")) << "it is due";
    EXPECT_EQ(some.choose(wish_, {})->config().name, route_name("second")) << "it is promised";
    const auto probe = some.begin(route_name("first"));
    EXPECT_EQ(probe, breaker::pass::probe);
    some.end(route_name("first"), probe, routes::health::good);
}

TEST_F(Routes, OnlyAHealthyRouteThatIsNotPausedIsBetter) {
    const auto better = [this](const std::vector<route_name>& refused = {}) {
        return all_.better_than(route_name("first"), wish_, refused);
    };
    EXPECT_EQ(better(), nullptr) << "nothing is wrong with it";
    fail("first", 10);
    ASSERT_NE(better(), nullptr);
    EXPECT_EQ(better()->config().name, route_name("second"));
    EXPECT_EQ(better({route_name("second")}), nullptr);
    fail("second", 10);
    EXPECT_EQ(better(), nullptr) << "out of the frying pan into the fire";
    pause("first");
    ASSERT_NE(better(), nullptr) << "a sick route is better than one that sends nothing";
}

TEST_F(Routes, ThrottledAnswersSlowDownAndAreTold) {
    all_.throttled(route_name("first"), 0s);
    const auto report = report_of("first");
    EXPECT_EQ(report.condition, route_condition::slowed);
    EXPECT_EQ(report.reason, "throttled");
    EXPECT_EQ(report.throttled, 1U);
    EXPECT_LT(report.factor, 1);
    EXPECT_EQ(chosen(), "first") << "slow is not sick";
}

TEST_F(Routes, WhatOnlyFailsIsTriedSlowerUntilSomethingSucceeds) {
    fail("first", 9);
    EXPECT_EQ(report_of("first").factor, 1);
    fail("first", 30);
    EXPECT_LT(report_of("first").factor, 0.8) << "those without another way hammer it no more";
    const auto passed_by_the_breaker = all_.begin(route_name("first"));
    all_.end(route_name("first"), passed_by_the_breaker, routes::health::good);
    EXPECT_EQ(report_of("first").factor, 1) << "whatever the breaker thinks";
}

TEST_F(Routes, ASuccessForgivesNoHasteThatTheCarrierComplainedOf) {
    all_.throttled(route_name("first"), 0s);
    all_.end(route_name("first"), all_.begin(route_name("first")), routes::health::good);
    EXPECT_LT(report_of("first").factor, 0.8);
}

TEST_F(Routes, ATroubledRouteSaysWhy) {
    fail("first", 10);
    all_.look_again();
    const auto report = report_of("first");
    EXPECT_EQ(report.condition, route_condition::unhealthy);
    EXPECT_EQ(report.reason, "failures_in_row");
    EXPECT_EQ(report.errors, 1);
    EXPECT_EQ(report.changes, 1U);
}

TEST_F(Routes, BadDeliveryIsAnAlarmAndPausesOnlyWhereASettingSaysSo) {
    delivery_figures bad;
    bad.sent = 100;
    all_.note_delivery(route_name("first"), bad);
    EXPECT_EQ(report_of("first").alarm, delivery_watch::alarm::unconfirmed);
    EXPECT_EQ(chosen(), "first");

    auto settings = settings_;
    settings.worker.delivery.alarm.pause = true;
    settings.routes.at(route_name("second")).confirmed_min = 0;
    routes some(loop_.ex(), settings);
    some.note_delivery(route_name("first"), bad);
    some.note_delivery(route_name("second"), bad);
    EXPECT_EQ(some.choose(wish_, {})->config().name, route_name("second"));
    EXPECT_EQ(some.choose(wish_, {route_name("second")})->config().name, route_name("first"))
        << "never a job's last route";
}

TEST_F(Routes, AnUnknownRouteIsNoRoute) {
    EXPECT_EQ(all_.find(route_name("gone")), nullptr);
    EXPECT_EQ(all_.begin(route_name("gone")), breaker::pass::refused);
}

}  // namespace
}  // namespace pinwire::worker
