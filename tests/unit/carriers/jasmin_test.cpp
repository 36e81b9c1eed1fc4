#include <gtest/gtest.h>

#include "common/core/form.hpp"
#include "common/core/hex.hpp"
#include "tests/golden/golden.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using samples::carrier_of;
using samples::text_of;

// As Jasmin throws it: a form that is posted.
dlr_request posted_form(std::string body) {
    auto request = samples::posted(std::move(body));
    request.content_type = "application/x-www-form-urlencoded";
    return request;
}

dlr_request asked(std::string query) {
    dlr_request request;
    request.method = "GET";
    request.target = "/dlr/acme/token" + query;
    return request;
}

TEST(JasminCarrier, WritesTheDocumentedRequest) {
    const auto carrier = carrier_of("jasmin");
    golden::expect(
        "carriers/jasmin-gsm7.request", text_of(carrier->to_request(samples::sms_order()))
    );
    auto order = samples::sms_order();
    order.text = secret("483920 — это ваш код \xF0\x9F\x94\x91");
    order.from = sender_name();
    order.dlr_url.clear();
    golden::expect("carriers/jasmin-ucs2.request", text_of(carrier->to_request(order)));
}

TEST(JasminCarrier, PutsNeitherPinNorPasswordIntoTheUrl) {
    const auto request = carrier_of("jasmin")->to_request(samples::sms_order());
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/send");
    for (const auto& [name, value] : request.headers)
        EXPECT_EQ(value.find("483920"), std::string::npos) << name;
}

// A receipt quotes the message: by GET it would stand in the access log of whatever is before us.
TEST(JasminCarrier, AsksForReportsThatArePosted) {
    const auto request = carrier_of("jasmin")->to_request(samples::sms_order());
    const auto fields = form::parse(request.body);
    EXPECT_EQ(*fields->find("dlr-method"), "POST");
    EXPECT_EQ(*fields->find("dlr-level"), "3");
    EXPECT_EQ(*fields->find("dlr-url"), samples::dlr_url);
}

TEST(JasminCarrier, SendsSmsOnly) {
    EXPECT_TRUE(carrier_of("jasmin")->can(channel::sms));
    EXPECT_FALSE(carrier_of("jasmin")->can(channel::voice));
}

TEST(JasminCarrier, ClassesEveryDocumentedAnswer) {
    struct answer_case {
        unsigned status;
        const char* body;
    };
    const answer_case cases[] = {
        {200, "Success \"07033084-5cfd-4812-90a4-e4d24ffb6e3d\""},
        {200, "Success \"\""},
        {200, "Success \"07033084"},
        {200, "Success"},
        {200, ""},
        {200, "<html>It works!</html>"},
        {200, "Error \"No route found\""},
        {202, "Success \"07033084-5cfd-4812-90a4-e4d24ffb6e3d\""},
        {400,
         "Error \"Mandatory arguments not found, please refer to the HTTPAPI specifications.\""},
        {400, "Error \"Argument [dlr_url] is unknown.\""},
        {400, "Error \"Argument [to] has an invalid value: [4x].\""},
        {400, "Error \"Mandatory argument [to] is not found.\""},
        {400, "Error \"Authorization failed for user [u] (Setting dlr level not authorized).\""},
        {400, "Error \"Value filter failed for user [u] (destination_address filter mismatch).\""},
        {400, "Error \"Failed running interception script, check log for details\""},
        {403, "Error \"Authentication failure for username:pinwire\""},
        {403, "Error \"Authorization failed for username:pinwire\""},
        {403, "Error \"Cannot charge submit_sm, check RouterPB log file for details\""},
        {403, "Error \"User throughput exceeded\""},
        {412, "Error \"No route found\""},
        {412, "Error \"Failover route has no bound connectors\""},
        {412, ""},
        {429, ""},
        {500, "Error \"Cannot send submit_sm, check SMPPClientManagerPB log file for details\""},
        {500, "Error \"Unknown error: 483920\""},
        {502, "Bad Gateway"},
        {503, "Error \"InterceptorPB not connected !\""},
        {503, "upstream is away"},
    };
    const auto carrier = carrier_of("jasmin");
    std::string made;
    for (const auto& given : cases) {
        const auto said = carrier->read_answer({given.status, {}, given.body}, channel::sms);
        made += std::to_string(given.status) + " " + given.body + "\n  " + text_of(said) + "\n";
        EXPECT_EQ(said.error.find("483920"), std::string::npos);
    }
    golden::expect("carriers/jasmin.answers", made);
}

TEST(JasminCarrier, ReadsTheDocumentedReports) {
    const std::string id = "id=16fd2706-8baf-433b-82eb-8c7fada847da";
    const std::string receipt =
        "&level=2&connector=demo&id_smsc=2567&sub=001&dlvrd=001&err=000"
        "&subdate=2603011000&donedate=2603011001&text=483920+is+your";
    const std::string bodies[] = {
        id + "&level=1&connector=demo&message_status=ESME_ROK",
        id + "&level=1&connector=demo&message_status=ESME_RINVDSTADR",
        id + "&level=1&connector=demo&message_status=ESME_RTHROTTLED",
        id + "&message_status=DELIVRD" + receipt,
        id + "&message_status=UNDELIV&level=3&err=1a&donedate=260301100159",
        id + "&message_status=EXPIRED&err=0",
        id + "&message_status=DELETED&donedate=",
        id + "&message_status=REJECTD&donedate=never",
        id + "&message_status=ENROUTE",
        id + "&message_status=ACCEPTD",
        id + "&message_status=UNKNOWN",
        id + "&message_status=BAFFLED",
        "message_status=DELIVRD",
        id,
        id + "&message_status=",
        "message_status=%zz",
        "",
    };
    std::string made;
    for (const auto& body : bodies) {
        const auto reading = carrier_of("jasmin")->read_dlrs(posted_form(body), channel::sms);
        EXPECT_EQ(reading.entries.size() + reading.unreadable.size(), 1u);
        made += body + "\n" + text_of(reading);
    }
    golden::expect("carriers/jasmin-dlr.entries", made);
}

TEST(JasminCarrier, ReadsReportsThatComeByGetAsWell) {
    const auto carrier = carrier_of("jasmin");
    const auto reading =
        carrier->read_dlrs(asked("?id=16fd&message_status=DELIVRD&err=0"), channel::sms);
    ASSERT_EQ(reading.entries.size(), 1u);
    EXPECT_EQ(reading.entries[0].status, dlr_status::delivrd);
    EXPECT_EQ(reading.entries[0].carrier_message_id, "16fd");
}

TEST(JasminCarrier, ReadsDatesInTheCarriersZone) {
    const auto done_at = [](const char* zone) {
        auto given = samples::settings_of("jasmin");
        given.time_zone = zone;
        const auto carrier = make_carrier(std::move(given));
        const auto request = posted_form("message_status=DELIVRD&donedate=2603011000");
        return carrier->read_dlrs(request, channel::sms).entries.at(0).done_at;
    };
    EXPECT_EQ(done_at("UTC"), parse_rfc3339("2026-03-01T10:00:00Z"));
    EXPECT_EQ(done_at("+02:00"), parse_rfc3339("2026-03-01T08:00:00Z"));
    EXPECT_EQ(done_at("Europe/Madrid"), std::nullopt);
}

TEST(JasminCarrier, DropsWhatQuotesTheMessageFromAReport) {
    const auto request = posted_form("message_status=DELIVRD&text=483920+is&Text=483920&x=483920");
    const auto reading = carrier_of("jasmin")->read_dlrs(request, channel::sms);
    EXPECT_EQ(reading.entries.at(0).raw, R"({"message_status":"DELIVRD","others":["Text","x"]})");
}

TEST(JasminCarrier, AcknowledgesToTheByte) {
    const auto said = carrier_of("jasmin")->acknowledgement();
    EXPECT_EQ(said.status, 200u);
    EXPECT_EQ(said.body, "ACK/Jasmin");
}

}  // namespace
}  // namespace pinwire::carriers
