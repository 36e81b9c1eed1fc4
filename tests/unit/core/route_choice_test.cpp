#include "common/core/route_choice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

namespace pinwire {
namespace {

const auto uk = *msisdn::parse("447700900123");
const auto spain = *msisdn::parse("34600000000");

class RouteChoice : public ::testing::Test {
protected:
    route_settings& add(
        const char* name, std::vector<std::string> prefixes = {}, int priority = 0
    ) {
        auto made = std::make_unique<route_settings>();
        made->name = route_name(name);
        made->prefixes = std::move(prefixes);
        made->priority = priority;
        routes_.push_back(std::move(made));
        return *routes_.back();
    }

    std::string choose(
        const msisdn& to,
        const std::vector<route_try>& tried = {},
        const std::vector<std::string>& sick = {},
        std::uint32_t random = 0,
        channel wanted = channel::sms
    ) const {
        std::vector<const route_settings*> all;
        for (const auto& route : routes_)
            all.push_back(route.get());
        const auto healthy = [&sick](const route_name& name) {
            return std::find(sick.begin(), sick.end(), name.str()) == sick.end();
        };
        const auto* chosen = choose_route(all, wanted, to, tried, healthy, random);
        return chosen == nullptr ? "none" : chosen->name.str();
    }

    static route_try refused(const char* name) { return {route_name(name), 1, true}; }

private:
    std::vector<std::unique_ptr<route_settings>> routes_;
};

TEST_F(RouteChoice, TheLongestPrefixWinsBeforePriority) {
    add("all", {}, 0);
    add("uk", {"44"}, 5);
    add("uk_mobile", {"1", "447"}, 9);
    EXPECT_EQ(choose(uk), "uk_mobile");
    EXPECT_EQ(choose(*msisdn::parse("442071234567")), "uk");
    EXPECT_EQ(choose(spain), "all");
}

TEST_F(RouteChoice, ThenTheLowestPriority) {
    add("second", {"44"}, 2);
    add("first", {"44"}, 1);
    EXPECT_EQ(choose(uk), "first");
}

TEST_F(RouteChoice, NoMatchIsNone) {
    add("uk", {"44"});
    EXPECT_EQ(choose(spain), "none");
    EXPECT_EQ(choose(uk, {}, {}, 0, channel::voice), "none");
}

TEST_F(RouteChoice, ARefusedRouteIsNotTakenAgain) {
    add("uk", {"44"});
    add("all", {});
    EXPECT_EQ(choose(uk, {refused("uk")}), "all");
    EXPECT_EQ(choose(uk, {refused("uk"), refused("all")}), "none");
}

TEST_F(RouteChoice, ARouteThatMayTakeItLaterStaysUntilItsTriesAreUsedUp) {
    add("uk", {"44"}).attempts_max = 3;
    add("all", {});
    EXPECT_EQ(choose(uk, {{route_name("uk"), 2, false}}), "uk");
    EXPECT_EQ(choose(uk, {{route_name("uk"), 3, false}}), "all");
}

TEST_F(RouteChoice, AnUnhealthyRouteComesLastButIsNeverRefused) {
    add("uk", {"44"});
    add("all", {}, 7);
    EXPECT_EQ(choose(uk, {}, {"uk"}), "all");
    EXPECT_EQ(choose(uk, {}, {"uk", "all"}), "uk");
    EXPECT_EQ(choose(uk, {refused("all")}, {"uk"}), "uk");
}

TEST_F(RouteChoice, ARetiredRouteTakesNothingNew) {
    add("uk", {"44"}).retired = true;
    add("all", {});
    EXPECT_EQ(choose(uk), "all");
}

TEST_F(RouteChoice, VoiceGoesOnlyToVoice) {
    add("sms", {"44"});
    add("voice", {}).channel = channel::voice;
    EXPECT_EQ(choose(uk, {}, {}, 0, channel::voice), "voice");
    EXPECT_EQ(choose(uk), "sms");
}

TEST_F(RouteChoice, EqualsShareByWeight) {
    add("three").weight = 3;
    add("one").weight = 1;
    add("spare").weight = 0;
    std::map<std::string, int> counts;
    for (std::uint32_t i = 0; i < 400; ++i)
        ++counts[choose(uk, {}, {}, i * (UINT32_MAX / 400))];
    EXPECT_NEAR(counts["three"], 300, 2);
    EXPECT_NEAR(counts["one"], 100, 2);
    EXPECT_EQ(counts["spare"], 0);
    EXPECT_EQ(choose(uk, {}, {}, UINT32_MAX), "one");
    EXPECT_EQ(choose(uk, {refused("three"), refused("one")}), "spare");
}

}  // namespace
}  // namespace pinwire
