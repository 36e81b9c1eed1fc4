// Which route is chosen, and that its explanation says the same.
#include "common/core/route_choice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>

namespace pinwire {
namespace {

constexpr auto uk = "447700900123";
constexpr auto spain = "34600000000";

class RouteChoice : public ::testing::Test {
protected:
    route_terms& add(const char* name, std::vector<std::string> prefixes = {}, int priority = 0) {
        auto made = std::make_unique<route_terms>();
        made->name = route_name(name);
        made->prefixes = std::move(prefixes);
        made->priority = priority;
        routes_.push_back(std::move(made));
        return *routes_.back();
    }
    void refused(const std::string& name) { refused_.push_back(name); }
    void sick(const std::string& name) { sick_.push_back(name); }
    void paused(const std::string& name) { paused_.push_back(name); }

    std::string choose(std::string_view to, std::uint32_t random = 0) {
        wish_.digits = to;
        auto all = candidates();
        const auto found = choose_route(all, wish_, equals_, random);
        return found ? all[*found].terms->name.str() : "none";
    }
    route_standing standing(const std::string& name, std::string_view to) {
        wish_.digits = to;
        auto all = candidates();
        for (const auto& one : explain_routes(all, wish_, equals_))
            if (one.route->terms->name.str() == name) return one.route->standing;
        throw std::logic_error("no such route");
    }
    std::vector<route_candidate> candidates() {
        const auto has = [](const std::vector<std::string>& list, const std::string& name) {
            return std::find(list.begin(), list.end(), name) != list.end();
        };
        std::vector<route_candidate> all;
        for (const auto& route : routes_) {
            route->make_ready();
            route_candidate one;
            one.terms = route.get();
            one.healthy = !has(sick_, route->name.str());
            one.paused = has(paused_, route->name.str());
            one.tried = has(refused_, route->name.str());
            all.push_back(one);
        }
        return all;
    }

    route_wish wish_;
    among_equals equals_ = among_equals::weight;

private:
    std::vector<std::unique_ptr<route_terms>> routes_;
    std::vector<std::string> refused_, sick_, paused_;
};

TEST_F(RouteChoice, TheLongestPrefixWinsBeforePriority) {
    add("all", {}, 0);
    add("uk", {"44"}, 5);
    add("uk_mobile", {"1", "447"}, 9);
    EXPECT_EQ(choose(uk), "uk_mobile");
    EXPECT_EQ(choose("442071234567"), "uk");
    EXPECT_EQ(choose(spain), "all");
    EXPECT_EQ(standing("uk", uk), route_standing::less_place);
    EXPECT_EQ(standing("uk", spain), route_standing::other_place);
}

TEST_F(RouteChoice, ACountryIsTheNumbersOwnAndNoOtherOfItsCode) {
    add("america").countries = {"1"};
    add("island").countries = {"1787", "1939"};
    add("all");
    EXPECT_EQ(choose("12125550100"), "america");
    EXPECT_EQ(choose("17875550100"), "island");
    EXPECT_EQ(choose("18765550100"), "all") << "Jamaica is no part of the United States";
}

TEST_F(RouteChoice, ACountryCountsAsLongAsItsCodeAndALongerPrefixWins) {
    add("spain").countries = {"34"};
    add("block", {"34600"});
    EXPECT_EQ(choose(spain), "block");
    EXPECT_EQ(choose("34911222333"), "spain");
}

TEST_F(RouteChoice, CountriesAndPrefixesOfOneRouteAddUp) {
    auto& both = add("both", {"447"});
    both.countries = {"34"};
    EXPECT_EQ(choose(uk), "both");
    EXPECT_EQ(choose(spain), "both");
    EXPECT_EQ(choose("442071234567"), "none");
}

TEST_F(RouteChoice, ThenTheLowestPriority) {
    add("second", {"44"}, 2);
    add("first", {"44"}, 1);
    EXPECT_EQ(choose(uk), "first");
    EXPECT_EQ(standing("second", uk), route_standing::priority);
}

TEST_F(RouteChoice, NoMatchIsNone) {
    add("uk", {"44"});
    EXPECT_EQ(choose(spain), "none");
    wish_.channel = channel::voice;
    EXPECT_EQ(choose(uk), "none");
}

TEST_F(RouteChoice, ARefusedRouteIsNotTakenAgain) {
    add("uk", {"44"});
    add("all", {});
    refused("uk");
    EXPECT_EQ(choose(uk), "all");
    EXPECT_EQ(standing("uk", uk), route_standing::refused);
    refused("all");
    EXPECT_EQ(choose(uk), "none");
}

TEST_F(RouteChoice, AnUnhealthyRouteComesLastButIsNeverRefused) {
    add("uk", {"44"});
    add("all", {}, 7);
    sick("uk");
    EXPECT_EQ(choose(uk), "all");
    EXPECT_EQ(standing("uk", uk), route_standing::unhealthy);
    sick("all");
    EXPECT_EQ(choose(uk), "uk");
}

TEST_F(RouteChoice, APausedRouteComesAfterASickOneAndIsNeverRefusedEither) {
    add("uk", {"44"});
    add("all", {}, 7);
    paused("uk");
    sick("all");
    EXPECT_EQ(choose(uk), "all");
    EXPECT_EQ(standing("uk", uk), route_standing::paused);
    paused("all");
    EXPECT_EQ(choose(uk), "uk") << "both are paused, and this one isn't sick";
}

TEST_F(RouteChoice, ARetiredRouteTakesNothingNew) {
    add("uk", {"44"}).retired = true;
    add("all", {});
    EXPECT_EQ(choose(uk), "all");
}

TEST_F(RouteChoice, VoiceGoesOnlyToVoice) {
    add("sms", {"44"});
    add("voice", {}).channel = channel::voice;
    EXPECT_EQ(choose(uk), "sms");
    wish_.channel = channel::voice;
    EXPECT_EQ(choose(uk), "voice");
}

TEST_F(RouteChoice, ARouteOfAccountsServesNobodyElseAndComesFirstForThem) {
    add("everybody", {"447"});
    add("acme").accounts = {account_name("acme")};
    wish_.account = "acme";
    EXPECT_EQ(choose(uk), "acme");
    EXPECT_EQ(standing("everybody", uk), route_standing::less_account);
    wish_.account = "other";
    EXPECT_EQ(choose(uk), "everybody");
    EXPECT_EQ(standing("acme", uk), route_standing::other_account);
}

TEST_F(RouteChoice, APortedNumberTakesItsCurrentNetwork) {
    auto& movistar = add("movistar", {"34600"});
    movistar.networks = {"21407"};
    auto& orange = add("orange", {"34656"});
    orange.networks = {"21403"};
    add("spain", {"34"});
    EXPECT_EQ(choose(spain), "movistar") << "without a lookup the prefix is all there is";
    wish_.network = "21403";
    EXPECT_EQ(choose(spain), "orange") << "it was ported";
    EXPECT_EQ(standing("movistar", spain), route_standing::other_network);
    EXPECT_EQ(standing("spain", spain), route_standing::less_network);
    wish_.network = "21401";
    EXPECT_EQ(choose(spain), "spain");
}

TEST_F(RouteChoice, ANetworkIsNamedMoreExactlyByItsMnc) {
    add("country").networks = {"214"};
    add("one").networks = {"21403", "21407"};
    wish_.network = "21403";
    EXPECT_EQ(choose(spain), "one");
    wish_.network = "21401";
    EXPECT_EQ(choose(spain), "country");
    wish_.network = "";
    EXPECT_EQ(choose(spain), "none") << "nothing but networks, and none is known";
}

TEST_F(RouteChoice, EqualsShareByWeight) {
    add("three").weight = 3;
    add("one").weight = 1;
    add("spare").weight = 0;
    std::map<std::string, int> counts;
    for (std::uint32_t i = 0; i < 400; ++i)
        ++counts[choose(uk, i * (UINT32_MAX / 400))];
    EXPECT_NEAR(counts["three"], 300, 2);
    EXPECT_NEAR(counts["one"], 100, 2);
    EXPECT_EQ(counts["spare"], 0);
    EXPECT_EQ(choose(uk, UINT32_MAX), "one");
    EXPECT_EQ(standing("spare", uk), route_standing::no_weight);
    refused("three");
    refused("one");
    EXPECT_EQ(choose(uk), "spare");
}

TEST_F(RouteChoice, AmongEqualsTheCheapestForTheNumberWinsWherePriceCounts) {
    auto& dear = add("dear");
    dear.price = 90;
    dear.prices = {{"34", 10}};
    add("cheap").price = 50;
    EXPECT_EQ(choose(uk, 0), "dear") << "weight: the random number decides";
    equals_ = among_equals::price;
    EXPECT_EQ(choose(uk, 0), "cheap");
    EXPECT_EQ(choose(spain, UINT32_MAX), "dear");
    EXPECT_EQ(standing("dear", uk), route_standing::price);
}

TEST_F(RouteChoice, PriorityComesBeforePrice) {
    equals_ = among_equals::price;
    add("first", {}, 1).price = 90;
    add("cheap", {}, 2).price = 10;
    EXPECT_EQ(choose(uk), "first");
}

// Whatever the routes are like: choice and explanation never differ.
class RouteExplanation : public RouteChoice {
protected:
    bool toss(int of) { return std::uniform_int_distribution<int>(0, of - 1)(random_) == 0; }
    std::vector<std::string> some(const std::vector<std::string>& from, int of) {
        std::vector<std::string> made;
        for (const auto& one : from)
            if (toss(of)) made.push_back(one);
        return made;
    }
    void add_any(int i) {
        auto& route = add(("r" + std::to_string(i)).c_str(), some({"34", "346", "44", "1"}, 3));
        route.countries = some({"34", "44"}, 5);
        route.networks = some({"214", "21403", "23415"}, 5);
        if (toss(4)) route.accounts.emplace_back("acme");
        route.priority = toss(2) ? 0 : 1;
        route.weight = toss(5) ? 0 : 3;
        route.price = toss(2) ? 10 : 20;
        route.retired = toss(12);
        if (toss(8)) route.channel = channel::voice;
        if (toss(4)) sick(route.name.str());
        if (toss(8)) paused(route.name.str());
        if (toss(6)) refused(route.name.str());
    }

    std::mt19937 random_{20260101};
};

class AnyRoutes : public RouteExplanation, public testing::WithParamInterface<int> {};

TEST_P(AnyRoutes, AreExplainedAsTheyAreChosen) {
    random_.seed(static_cast<unsigned>(GetParam()));
    const int count = std::uniform_int_distribution<int>(1, 9)(random_);
    for (int i = 0; i < count; ++i)
        add_any(i);
    if (toss(2)) wish_.account = "acme";
    if (toss(2)) wish_.network = "21403";
    equals_ = toss(2) ? among_equals::price : among_equals::weight;
    const auto* to = toss(2) ? uk : spain;
    wish_.digits = to;
    auto told_of = candidates();
    std::map<std::string, double> shares;
    double sum = 0;
    for (const auto& one : explain_routes(told_of, wish_, equals_)) {
        EXPECT_EQ(one.share > 0, one.route->standing == route_standing::taken);
        shares[one.route->terms->name.str()] = one.share;
        sum += one.share;
    }
    std::map<std::string, double> counts;
    constexpr int draws = 600;
    for (std::uint32_t i = 0; i < draws; ++i)
        counts[choose(to, i * (UINT32_MAX / draws) + 1)] += 1.0 / draws;
    if (sum == 0) {
        EXPECT_EQ(choose(to), "none");
        return;
    }
    EXPECT_NEAR(sum, 1, 1e-9);
    for (const auto& [name, share] : shares)
        EXPECT_NEAR(counts[name], share, 0.01) << name;
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyRoutes, testing::Range(1, 200));

}  // namespace
}  // namespace pinwire
