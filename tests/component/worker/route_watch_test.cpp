// How the routes stand is told, and what became of what they sent is asked.
#include "worker/route_watch.hpp"

#include <gtest/gtest.h>

#include "tests/component/worker/world.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using test::world;

config::settings with_pause() {
    auto made = test::settings();
    made.worker.delivery.alarm.pause = true;
    made.worker.delivery.window = 15min;
    made.worker.delivery.patience = 2min;
    return made;
}

class RouteWatch : public testing::Test {
protected:
    void answer(const char* route, std::int64_t sent, std::int64_t confirmed) {
        postgres::delivery_answer made;
        made.route = route_name(route);
        made.figures.sent = sent;
        made.figures.confirmed = confirmed;
        w_.store.deliveries.push_back(made);
    }
    bool shown(const std::string& line) {
        return w_.metrics.text().find("\n" + line + "\n") != std::string::npos;
    }

    world w_{with_pause()};
    route_watch watch_{w_.settings_, w_.store, w_.ways, w_.metrics};
};

TEST_F(RouteWatch, TellsHowEachRouteStands) {
    for (int i = 0; i < 10; ++i) {
        const auto pass = w_.ways.begin(route_name("first"));
        w_.ways.end(route_name("first"), pass, routes::health::bad);
    }
    w_.loop.run(watch_.note());
    ASSERT_EQ(w_.store.noted.size(), 1U);
    const auto& told = w_.store.noted[0];
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].route, route_name("first"));
    EXPECT_EQ(told[0].state, "unhealthy");
    EXPECT_EQ(told[0].reason, "failures_in_row");
    EXPECT_EQ(told[0].errors, 1);
    EXPECT_FALSE(told[0].confirmed) << "nobody has asked yet";
    EXPECT_EQ(told[1].state, "ready");
    EXPECT_EQ(told[1].rate, 1000);
}

TEST_F(RouteWatch, ShowsStateAndReasonAsMetrics) {
    watch_.look();
    EXPECT_TRUE(shown(R"(pinwire_route_state{route="first",state="ready"} 1)"));
    EXPECT_TRUE(w_.ways.find(route_name("second"))->try_permit(2));
    w_.ways.throttled(route_name("first"), 0s);
    w_.ways.ask_paused([](const route_name& name) { return name == route_name("second"); });
    watch_.look();
    EXPECT_TRUE(shown(R"(pinwire_route_state{route="first",state="slowed"} 1)"));
    EXPECT_TRUE(shown(R"(pinwire_route_state{route="first",state="ready"} 0)"));
    EXPECT_TRUE(shown(R"(pinwire_route_reason{reason="throttled",route="first"} 1)"));
    EXPECT_TRUE(shown(R"(pinwire_route_throttled_total{route="first"} 1)"));
    EXPECT_TRUE(shown(R"(pinwire_route_parts_total{route="second"} 2)"));
    EXPECT_TRUE(shown(R"(pinwire_route_parts_total{route="first"} 0)"));
    EXPECT_TRUE(shown(R"(pinwire_route_state{route="second",state="paused"} 1)"));
    w_.ways.ask_paused(nullptr);
    watch_.look();
    EXPECT_TRUE(shown(R"(pinwire_route_reason{reason="operator",route="second"} 0)"));
    EXPECT_TRUE(shown(R"(pinwire_route_changes_total{route="second"} 2)"));
}

TEST_F(RouteWatch, AsksOfTheWholeWindowAndJudges) {
    answer("first", 100, 10);
    answer("second", 100, 95);
    w_.loop.run(watch_.ask());
    ASSERT_EQ(w_.store.asked_of_deliveries.size(), 1U);
    const auto& asked = w_.store.asked_of_deliveries[0];
    ASSERT_EQ(asked.size(), 2U);
    const auto ago = std::chrono::system_clock::now() - asked[0].since;
    EXPECT_NEAR(std::chrono::duration<double>(ago).count(), 900, 5);
    watch_.look();
    EXPECT_TRUE(shown(R"(pinwire_route_confirmed{route="first"} 0.1)"));
    EXPECT_TRUE(shown(R"(pinwire_route_delivery_alarm{route="first"} 1)"));
    EXPECT_TRUE(shown(R"(pinwire_route_delivery_alarm{route="second"} 0)"));
    EXPECT_TRUE(shown(R"(pinwire_route_reason{reason="unconfirmed",route="first"} 1)"));
}

TEST_F(RouteWatch, APausedRouteIsNotAskedAboutUntilItHasHadAnotherChance) {
    answer("first", 100, 10);
    w_.loop.run(watch_.ask());
    w_.loop.run(watch_.ask());
    ASSERT_EQ(w_.store.asked_of_deliveries.size(), 2U);
    const auto& asked = w_.store.asked_of_deliveries[1];
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].route, route_name("second"));
}

}  // namespace
}  // namespace pinwire::worker
