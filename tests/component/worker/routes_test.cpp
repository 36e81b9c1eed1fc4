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
    return made;
}

TEST(RouteLine, GivesNoMorePermitsThanItsWindow) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 2), carrier_name("alpha"));
    auto first = line.try_permit();
    auto second = line.try_permit();
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(line.try_permit());
    first.reset();
    EXPECT_TRUE(line.try_permit());
}

TEST(RouteLine, GivesNoMorePermitsThanItsRate) {
    loop l;
    route_line line(l.ex(), settings(0.001, 2, 10), carrier_name("alpha"));
    EXPECT_TRUE(line.try_permit());
    EXPECT_TRUE(line.try_permit());
    EXPECT_FALSE(line.try_permit()) << "the burst is spent";
}

TEST(RouteLine, NobodyOvertakesWhatWaits) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 10), carrier_name("alpha"));
    line.hold(due(std::chrono::system_clock::now()));
    EXPECT_FALSE(line.try_permit());
}

TEST(RouteLine, APermitIsWaitedForUntilTheRateAllowsIt) {
    loop l;
    route_line line(l.ex(), settings(20, 1, 10), carrier_name("alpha"));
    l.run([](route_line& one) -> awaitable<void> {
        const auto began = std::chrono::steady_clock::now();
        for (int i = 0; i < 3; ++i)
            co_await one.permit();
        EXPECT_GE(std::chrono::steady_clock::now() - began, 90ms);
    }(line));
}

TEST(RouteLine, WaitingAttemptsLeaveInDueOrder) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 10), carrier_name("alpha"));
    const auto now = std::chrono::system_clock::now();
    line.hold(due(now - 1s, 2));
    line.hold(due(now - 2s, 1));
    line.hold(due(now + 20ms, 3));
    l.run([](route_line& one) -> awaitable<void> {
        for (int number = 1; number <= 3; ++number) {
            const auto next = co_await one.next();
            EXPECT_EQ(next->number, number);
            EXPECT_LE(next->next_at, std::chrono::system_clock::now());
        }
    }(line));
}

TEST(RouteLine, OneAttemptHasOnePlaceUntilItIsLetGo) {
    loop l;
    route_line line(l.ex(), settings(1000, 100, 10), carrier_name("alpha"));
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
    route_line line(l.ex(), settings(1000, 100, 10), carrier_name("alpha"));
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
    route_line line(l.ex(), settings(1000, 100, 10), carrier_name("alpha"));
    for (std::size_t left = 3; left > 0; --left) {
        EXPECT_EQ(line.free_places(), left);
        line.hold(due(std::chrono::system_clock::now()));
    }
    EXPECT_EQ(line.free_places(), 0U);
    EXPECT_FALSE(line.room());
}

TEST(RouteLine, ExpectsATurnByItsRateAndThoseBefore) {
    loop l;
    route_line line(l.ex(), settings(2, 1, 10), carrier_name("alpha"));
    const auto now = std::chrono::system_clock::now();
    EXPECT_EQ(line.expected_at(now), now);
    line.hold(due(now));
    line.hold(due(now));
    EXPECT_EQ(line.expected_at(now), now + 1s);
    line.set_share(0);
    EXPECT_EQ(line.expected_at(now), now + 2000s) << "never infinity";
}

TEST(RouteLine, AShareOfTheRateIsAShareOfTheBurst) {
    loop l;
    route_line line(l.ex(), settings(0.002, 4, 10), carrier_name("alpha"));
    line.set_share(0.5);
    EXPECT_TRUE(line.try_permit());
    EXPECT_TRUE(line.try_permit());
    EXPECT_FALSE(line.try_permit());
}

TEST(RouteLine, APausedRouteLetsNothingGo) {
    loop l;
    auto paused = settings(1000, 100, 10);
    paused.paused = true;
    route_line line(l.ex(), paused, carrier_name("alpha"));
    EXPECT_FALSE(line.try_permit());
    EXPECT_EQ(line.free_places(), 0U);
}

class Routes : public testing::Test {
protected:
    route_line* choose(const std::vector<route_name>& refused = {}) {
        return all_.choose(channel::sms, *msisdn::parse("447700900123"), refused);
    }
    void fail(const std::string& name, int times) {
        for (int i = 0; i < times; ++i) {
            const auto pass = all_.begin(route_name(name));
            all_.end(route_name(name), pass, routes::health::bad);
        }
    }

    loop loop_;
    const config::settings settings_ = test::settings();
    routes all_{loop_.ex(), settings_};
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

TEST_F(Routes, ARetiredCarrierAndAPausedRouteAreNotChosen) {
    auto settings = settings_;
    settings.carriers.at(carrier_name("alpha")).retired = true;
    settings.routes.at(route_name("second")).paused = true;
    routes none(loop_.ex(), settings);
    EXPECT_EQ(none.choose(channel::sms, *msisdn::parse("447700900123"), {}), nullptr);
}

TEST_F(Routes, AnUnknownRouteIsNoRoute) {
    EXPECT_EQ(all_.find(route_name("gone")), nullptr);
    EXPECT_EQ(all_.begin(route_name("gone")), breaker::pass::refused);
}

}  // namespace
}  // namespace pinwire::worker
