#include "common/carriers/registry.hpp"

#include <gtest/gtest.h>

#include "common/carriers/wire.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

TEST(CarrierRegistry, MakesEveryKindItNames) {
    const std::vector<std::string> all{
        "360nrs", "http", "infobip", "jasmin", "kannel", "twilio", "vonage"};
    EXPECT_EQ(known_kinds(), all);
    for (const std::string& kind : known_kinds()) {
        const auto carrier = samples::carrier_of(kind);
        ASSERT_TRUE(carrier) << kind;
        EXPECT_EQ(carrier->config().kind, kind);
        EXPECT_TRUE(carrier->can(channel::sms)) << kind;
    }
}

TEST(CarrierRegistry, KnowsNoOtherKind) {
    EXPECT_FALSE(samples::carrier_of("pigeon"));
}

TEST(CarrierIds, TheSameIdAlwaysBecomesTheSameText) {
    using form = settings::id_form;
    EXPECT_EQ(wire::normalise_id(form::as_is, "00Ab-C"), "00Ab-C");
    EXPECT_EQ(wire::normalise_id(form::lower, "00Ab-C"), "00ab-c");
    EXPECT_EQ(wire::normalise_id(form::upper, "00Ab-C"), "00AB-C");
    EXPECT_EQ(wire::normalise_id(form::hex_lower, "00Ab-C"), "abc");
    EXPECT_EQ(wire::normalise_id(form::hex_lower, "0000"), "0");
    EXPECT_EQ(wire::normalise_id(form::decimal, "00123"), "123");
    EXPECT_EQ(wire::normalise_id(form::as_is, ""), "");
    EXPECT_EQ(wire::normalise_id(form::as_is, "two words"), "");
    EXPECT_EQ(wire::normalise_id(form::as_is, std::string("nul\0", 4)), "");
    EXPECT_EQ(wire::normalise_id(form::as_is, std::string(129, 'a')), "");
}

TEST(CarrierWords, CarryNoTextOfTheMessage) {
    EXPECT_EQ(wire::code_word("REJECTED_SOURCE"), "REJECTED_SOURCE");
    EXPECT_EQ(wire::code_word("a b\nc\"d"), "abcd");
    EXPECT_EQ(wire::code_word(std::string(100, 'x')).size(), 64u);
}

TEST(CarrierRetryAfter, TakesSecondsAndNothingElse) {
    const auto after = [](const char* value) {
        return wire::retry_after({{"Retry-After", value}}).count();
    };
    EXPECT_EQ(after("30"), 30);
    EXPECT_EQ(after("999999999"), 86'400);
    EXPECT_EQ(after("-1"), 0);
    EXPECT_EQ(after("soon"), 0);
    EXPECT_EQ(after("Wed, 21 Oct 2026 07:28:00 GMT"), 0);
    EXPECT_EQ(wire::retry_after({}).count(), 0);
}

TEST(CarrierRaw, StaysWithinItsBoundAndIsAscii) {
    const auto raw = [](const std::string& status) {
        const std::string body = R"([{"sms_id":"a","status":")" + status + R"("}])";
        const auto carrier = samples::carrier_of("360nrs");
        return carrier->read_dlrs(samples::posted(body), channel::sms).entries.at(0).raw;
    };
    EXPECT_EQ(raw(std::string(100'000, 'x')).size(), 4096u);
    EXPECT_EQ(raw("é"), R"({"sms_id":"a","status":"\u00e9"})");
}

}  // namespace
}  // namespace pinwire::carriers
