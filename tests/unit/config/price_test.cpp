// What a message costs on one route.
#include "common/config/price.hpp"

#include <gtest/gtest.h>

namespace pinwire::config {
namespace {

job sms_to(const char* number, std::string text) {
    job made;
    made.to = *msisdn::parse(number);
    made.text = std::move(text);
    return made;
}

TEST(Price, TakesTheLongestPrefixElseTheRoutesOwn) {
    route_settings route;
    route.price = 10;
    route.prices = {{"34", 45}, {"346", 50}, {"44", 40}};
    EXPECT_EQ(price_on(route, *msisdn::parse("34612345678")), 50);
    EXPECT_EQ(price_on(route, *msisdn::parse("34912345678")), 45);
    EXPECT_EQ(price_on(route, *msisdn::parse("393331234567")), 10);
}

TEST(Price, CountsThePartsThatTheTextHasWithItsPin) {
    route_settings route;
    route.price = 10;
    const std::string limit(154, 'x');
    EXPECT_EQ(cost_on(route, sms_to("34612345678", "{PIN}" + limit)), 10) << "160 septets";
    EXPECT_EQ(cost_on(route, sms_to("34612345678", "{PIN}x" + limit)), 20) << "161";
    auto resend = sms_to("34612345678", "{PIN}" + limit);
    resend.pin = pin_id("P-1");
    resend.pin_length = 16;
    EXPECT_EQ(cost_on(route, resend), 20) << "of a longer PIN";
    EXPECT_EQ(parts_of(sms_to("34612345678", "{PIN} \xD0\xBA\xD0\xBE\xD0\xB4")), 1);
}

TEST(Price, CountsACallOnce) {
    route_settings route;
    route.price = 10;
    auto call = sms_to("34612345678", "{PIN}" + std::string(500, 'x'));
    call.channel = channel::voice;
    EXPECT_EQ(cost_on(route, call), 10);
}

}  // namespace
}  // namespace pinwire::config
