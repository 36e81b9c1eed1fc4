#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using samples::carrier_of;
using samples::posted;
using samples::text_of;

TEST(Nrs360Carrier, WritesTheDocumentedRequest) {
    const auto carrier = carrier_of("360nrs");
    golden::expect(
        "carriers/360nrs-gsm7.request", text_of(carrier->to_request(samples::sms_order()))
    );
    auto order = samples::sms_order();
    order.text = secret("483920 — это ваш код");
    golden::expect("carriers/360nrs-ucs2.request", text_of(carrier->to_request(order)));
}

TEST(Nrs360Carrier, SendsSmsOnly) {
    EXPECT_TRUE(carrier_of("360nrs")->can(channel::sms));
    EXPECT_FALSE(carrier_of("360nrs")->can(channel::voice));
}

struct answer_case {
    unsigned status;
    const char* body;
};

TEST(Nrs360Carrier, ClassesEveryDocumentedAnswer) {
    const answer_case cases[] = {
        {200, R"({"status":"ok","result":[{"status":"ok","sms_id":"5f1c","custom":"c"}]})"},
        {200, R"({"status":"ok","result":[{"status":"ok"}]})"},
        {200, R"({"status":"ok","result":[{"status":"error","error_id":"INVALID_NUMBER"}]})"},
        {200, R"({"status":"ok","result":[{"status":"error","error_id":"NOT_ENOUGH_BALANCE"}]})"},
        {200, R"({"status":"ok","result":[{"status":"error","error_id":"INVALID_SENDER"}]})"},
        {200, R"({"status":"ok","result":[{"status":"error","error_id":"NEVER_HEARD_OF"}]})"},
        {200, R"({"status":"ok","result":[{"status":"error","error_id":"UNKNOWN_ERROR"}]})"},
        {200, R"({"status":"error","error_id":"NOT_ENOUGH_BALANCE","error_msg":"483920"})"},
        {200, R"({"status":"error"})"},
        {200, R"({"status":"ok"})"},
        {200, R"({"status":"ok","result":[]})"},
        {200, R"({"status":"ok","result":[{"status":"perhaps"}]})"},
        {200, "<html>"},
        {400, R"({"status":"error","error_id":"JSON_PARSE_ERROR"})"},
        {400, R"({"status":"error","error_id":"MISSING_PARAMS"})"},
        {400, R"({"status":"error","error_id":"BAD_PARAMS"})"},
        {400, R"({"status":"error","error_id":"INVALID_CONTENT_TYPE"})"},
        {400, R"({"status":"error","error_id":"INVALID_NUMBER"})"},
        {401, R"({"status":"error","error_id":"UNAUTHORIZED"})"},
        {402, R"({"status":"error","error_id":"NOT_ENOUGH_BALANCE"})"},
        {404, ""},
        {429, R"({"status":"error","error_id":"UNKNOWN_ERROR"})"},
        {500, R"({"status":"error","error_id":"UNKNOWN_ERROR"})"},
        {500, R"({"status":"error","error_id":"INVALID_NUMBER"})"},
        {502, "Bad Gateway"},
    };
    const auto carrier = carrier_of("360nrs");
    std::string made;
    for (const auto& given : cases) {
        const auto said = carrier->read_answer({given.status, {}, given.body}, channel::sms);
        made += std::to_string(given.status) + " " + given.body + "\n  " + text_of(said) + "\n";
        EXPECT_EQ(said.error.find("483920"), std::string::npos);
    }
    golden::expect("carriers/360nrs.answers", made);
}

TEST(Nrs360Carrier, ReadsTheDocumentedReports) {
    const auto body = golden::read("carriers/360nrs-dlr.json");
    const auto reading = carrier_of("360nrs")->read_dlrs(posted(body), channel::sms);
    golden::expect("carriers/360nrs-dlr.entries", text_of(reading));
}

TEST(Nrs360Carrier, ReadsDatesInTheCarriersZone) {
    const std::string body =
        R"([{"sms_id":"a","status":"DELIVRD","dlr_date":"2026-03-01 10:00:05"}])";
    const auto done_at = [&](const char* zone) {
        auto given = samples::settings_of("360nrs");
        given.time_zone = zone;
        const auto carrier = make_carrier(std::move(given));
        return carrier->read_dlrs(posted(body), channel::sms).entries.at(0).done_at;
    };
    EXPECT_EQ(done_at("UTC"), parse_rfc3339("2026-03-01T10:00:05Z"));
    EXPECT_EQ(done_at("+02:00"), parse_rfc3339("2026-03-01T08:00:05Z"));
    EXPECT_EQ(done_at("-03:30"), parse_rfc3339("2026-03-01T13:30:05Z"));
    EXPECT_EQ(done_at("Europe/Madrid"), std::nullopt);  // better no time than a wrong one
}

TEST(Nrs360Carrier, KnowsEveryStatusWordOfTheTable) {
    for (const char* word :
         {"DELIVRD", "ACCEPTD", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "UNKNOWN", "ENROUTE"}) {
        const std::string body = R"([{"sms_id":"a","status":")" + std::string(word) + R"("}])";
        const auto reading = carrier_of("360nrs")->read_dlrs(posted(body), channel::sms);
        ASSERT_EQ(reading.entries.size(), 1u);
        ASSERT_TRUE(reading.entries[0].status) << word;
        EXPECT_EQ(to_string(*reading.entries[0].status), word);
    }
}

TEST(Nrs360Carrier, TakesAThousandReportsAtOnceAndABadOneCostsOnlyItself) {
    std::string body = "[17";
    for (int i = 0; i < 999; ++i)
        body += R"(,{"sms_id":")" + std::to_string(i) + R"(","status":"DELIVRD"})";
    const auto reading = carrier_of("360nrs")->read_dlrs(posted(body + "]"), channel::sms);
    EXPECT_EQ(reading.entries.size(), 999u);
    ASSERT_EQ(reading.unreadable.size(), 1u);
    EXPECT_EQ(reading.unreadable[0], "17");
}

TEST(Nrs360Carrier, DropsWhatQuotesTheMessageFromAReport) {
    const std::string body =
        R"([{"sms_id":"a","status":"DELIVRD","text":"483920 is","message":"483920"}])";
    const auto reading = carrier_of("360nrs")->read_dlrs(posted(body), channel::sms);
    EXPECT_EQ(
        reading.entries.at(0).raw,
        R"({"others":["message","text"],"sms_id":"a","status":"DELIVRD"})"
    );
}

TEST(Nrs360Carrier, KeepsAWholeBodyThatIsNoReport) {
    for (const char* body : {"", "no", "7", "\"DELIVRD\"", R"([{"a":1,"a":2}])"}) {
        const auto reading = carrier_of("360nrs")->read_dlrs(posted(body), channel::sms);
        EXPECT_TRUE(reading.entries.empty());
        ASSERT_EQ(reading.unreadable.size(), 1u);
        EXPECT_EQ(reading.unreadable[0], body);
    }
}

TEST(Nrs360Carrier, AsksForReportsByOurReference) {
    const auto carrier = samples::carrier_of("360nrs");
    const auto question = samples::inquiry_of(channel::sms);
    golden::expect("carriers/360nrs.inquiry", samples::text_of(*carrier->to_inquiry(question)));
    const auto said = [&](const std::string& body) {
        return samples::text_of(carrier->read_inquiry({200, {}, body}, question));
    };
    EXPECT_EQ(said(golden::read("carriers/360nrs-reports.json")), "found 5f1c ACCEPTD as ACCEPTD");
    EXPECT_EQ(said(R"({"status":"ok","result":[]})"), "unknown NO_REPORT")
        << "none yet proves nothing";
    EXPECT_EQ(said(R"({"status":"ok","result":[{"custom":"other"}]})"), "unknown NO_REPORT");
    EXPECT_EQ(said(R"({"status":"error","error_id":"UNAUTHORIZED"})"), "unknown HTTP(200)");
    EXPECT_EQ(said("no"), "unknown HTTP(200)");
}

}  // namespace
}  // namespace pinwire::carriers
