#include "common/carriers/registry.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

carriers::settings with_report_ids(settings::id_form form, settings::id_base reports) {
    settings made;
    made.ids = form;
    made.report_ids = reports;
    return made;
}

TEST(ReportId, IsTurnedIntoTheBaseOfTheAnswers) {
    using form = settings::id_form;
    using base = settings::id_base;
    const auto to_hex = with_report_ids(form::hex_lower, base::decimal);
    EXPECT_EQ(wire::normalise_report_id(to_hex, "3735928559"), "deadbeef");
    EXPECT_EQ(wire::normalise_report_id(to_hex, "0003735928559"), "deadbeef");
    EXPECT_EQ(wire::normalise_report_id(to_hex, "0"), "0");
    EXPECT_EQ(
        wire::normalise_report_id(to_hex, "340282366920938463463374607431768211455"),
        std::string(32, 'f')
    ) << "wider than any machine number";
    EXPECT_EQ(wire::normalise_report_id(to_hex, "DeadBeef"), "deadbeef") << "no decimal number";
    EXPECT_EQ(wire::normalise_report_id(to_hex, ""), "");
    const auto to_decimal = with_report_ids(form::decimal, base::hex);
    EXPECT_EQ(wire::normalise_report_id(to_decimal, "00DEAD-beef"), "3735928559");
    EXPECT_EQ(wire::normalise_report_id(to_decimal, "no-number"), "no-number");
    const auto same = with_report_ids(form::hex_lower, base::as_answered);
    EXPECT_EQ(wire::normalise_report_id(same, "00Dead-Beef"), "deadbeef");
}

TEST(ReportId, FitsItsAnswerWhicheverWayTheTwoAreWritten) {
    using form = settings::id_form;
    using base = settings::id_base;
    const auto hex_answers = with_report_ids(form::hex_lower, base::decimal);
    const auto decimal_answers = with_report_ids(form::decimal, base::hex);
    std::uint64_t id = 1;
    for (int i = 0; i < 2000; ++i) {
        id = id * 6364136223846793005u + 1442695040888963407u;
        const auto value = id >> (i % 64);
        const auto decimal = std::to_string(value);
        char hex[20];
        std::snprintf(
            hex, sizeof hex, i % 2 == 0 ? "%016lX" : "%lx", static_cast<unsigned long>(value)
        );
        EXPECT_EQ(
            wire::normalise_report_id(hex_answers, decimal),
            wire::normalise_id(hex_answers.ids, hex)
        );
        EXPECT_EQ(
            wire::normalise_report_id(decimal_answers, hex),
            wire::normalise_id(decimal_answers.ids, decimal)
        );
    }
}

TEST(PartReports, AreVonagesUnlessTheSettingSaysOtherwise) {
    settings given;
    for (const auto& kind : known_kinds()) {
        given.kind = kind;
        given.parts = settings::part_reports::by_kind;
        EXPECT_EQ(wire::reports_each_part(given), kind == "vonage") << kind;
        given.parts = settings::part_reports::each;
        EXPECT_TRUE(wire::reports_each_part(given));
        given.parts = settings::part_reports::whole;
        EXPECT_FALSE(wire::reports_each_part(given));
    }
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

// What a carrier adds is named, so that somebody hears of it; what it says may quote the message.
TEST(CarrierRaw, NamesWhatNobodyKnows) {
    const nlohmann::json entry = {
        {"id", "7"}, {"text", "483920"}, {"failureReason", "483920"}, {"score", 483920}};
    const auto raw = wire::raw_of(entry, {"id"}, {"text"});
    EXPECT_EQ(raw, R"({"id":"7","others":["failureReason","score"]})");
    EXPECT_TRUE(wire::names_others(raw));
    EXPECT_FALSE(wire::names_others(wire::raw_of(entry, {"id"}, {"text", "failureReason", "score"}))
    );
    EXPECT_FALSE(wire::names_others(R"({"id":"\"others\":[1]"})"));
}

// A text that was not escaped makes parameters of its own.
TEST(CarrierRaw, NoNameIsAWayForAText) {
    const auto given = form::parse(
        "id=7&483920=1&your+code+is+AB=&channel=voice&n1=&" + std::string(41, 'a') + "="
    );
    EXPECT_EQ(wire::raw_of(*given, {"id"}), R"({"id":"7","others":["?","n1"]})");
    std::string many = "id=7";
    for (char c = 'a'; c <= 'z'; ++c)
        many += std::string("&field_") + c + "=1";
    const auto raw = nlohmann::json::parse(wire::raw_of(*form::parse(many), {"id"}));
    EXPECT_EQ(raw["others"].size(), 16U);
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
