// What an order costs.
#include <gtest/gtest.h>

#include "api/price.hpp"
#include "tests/component/api/fakes.hpp"

namespace pinwire::api::test {
namespace {

class Price : public testing::Test {
protected:
    Price() {
        of.to = number("447700900123");
        of.text = "{PIN} is your code.";
    }

    config::route_settings& route(const std::string& name, std::int64_t price) {
        auto& made = settings.routes[route_name(name)];
        made.name = route_name(name);
        made.carrier = carrier_name(name);
        made.price = price;
        settings.carriers[made.carrier];
        return made;
    }

    config::settings settings;
    job of;
};

TEST_F(Price, IsNothingWithoutARoute) {
    EXPECT_EQ(price_of(settings, of), 0);
    route("voice", 9).channel = channel::voice;
    route("paused", 9).paused = true;
    route("retired", 9);
    settings.carriers[carrier_name("retired")].retired = true;
    route("elsewhere", 9).prefixes = {"33", "4478"};
    EXPECT_EQ(price_of(settings, of), 0);
}

TEST_F(Price, IsTheFirstRoutesByPrefixThenPriority) {
    route("any", 1);
    EXPECT_EQ(price_of(settings, of), 1);
    route("uk", 2).prefixes = {"44"};
    EXPECT_EQ(price_of(settings, of), 2);
    auto& mobile = route("mobile", 3);
    mobile.prefixes = {"33", "447"};
    mobile.priority = 5;
    EXPECT_EQ(price_of(settings, of), 3);
    auto& preferred = route("preferred", 2);
    preferred.prefixes = {"447"};
    preferred.priority = 1;
    EXPECT_EQ(price_of(settings, of), 2);
}

TEST_F(Price, IsOfTheRouteThatTheChoiceTakes) {
    of.account = account_name("acme");
    route("world", 8).priority = -1;
    EXPECT_EQ(price_of(settings, of), 8);
    route("vip", 1).accounts = {account_name("vip")};
    route("movistar", 9).networks = {"21407"};
    route("spain", 7).countries = {"34"};
    EXPECT_EQ(price_of(settings, of), 8) << "others' account, network and country";
    auto& uk = route("uk", 2);
    uk.countries = {"44"};
    EXPECT_EQ(price_of(settings, of), 2) << "the country is named, whatever the priority";
    route("mobile", 3).prefixes = {"447"};
    EXPECT_EQ(price_of(settings, of), 3) << "more digits";
    auto& network = route("ee", 4);
    network.networks = {"234"};
    EXPECT_EQ(price_of(settings, of), 3) << "the network isn't known";
    EXPECT_EQ(price_of(settings, of, "23430"), 4);
    route("ours", 5).accounts = {account_name("acme")};
    EXPECT_EQ(price_of(settings, of, "23430"), 5) << "the account is named";
    route("spare", 99).accounts = {account_name("acme")};
    settings.routes[route_name("spare")].weight = 0;
    EXPECT_EQ(price_of(settings, of), 5) << "has nothing while another has";
}

TEST_F(Price, AmongEqualsIsTheDearest) {
    route("a", 2);
    route("b", 5);
    route("c", 3);
    EXPECT_EQ(price_of(settings, of), 5);
}

TEST_F(Price, TakesTheLongestPrefixOfTheRoute) {
    route("any", 1).prices = {{"4", 2}, {"4477", 4}, {"447", 3}, {"44770091", 9}};
    EXPECT_EQ(price_of(settings, of), 4);
}

TEST_F(Price, CountsPartsWithThePinInThem) {
    route("any", 10);
    route("call", 10).channel = channel::voice;
    of.pin_given = pin_parameters();
    of.pin_given->length = 6;
    of.text = "{PIN}" + std::string(154, 'x');
    EXPECT_EQ(price_of(settings, of), 10);
    of.pin_given->length = 7;
    EXPECT_EQ(price_of(settings, of), 20);
    of.channel = channel::voice;
    EXPECT_EQ(price_of(settings, of), 10);
    of.channel = channel::sms;
    of.dialect = dialect::infobip;
    of.pin_given->length = 4;
    of.text = "{{pin}} \u0416 {{pin}}" + std::string(60, 'x');  // UCS-2, the PIN in it twice
    EXPECT_EQ(price_of(settings, of), 20);
}

}  // namespace
}  // namespace pinwire::api::test
