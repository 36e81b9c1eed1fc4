// Reports that are fetched: what each carrier is asked, and that its answer says what the report
// would have said, without the text that stands beside it.
#include <gtest/gtest.h>

#include "common/carriers/intake.hpp"
#include "tests/golden/golden.hpp"
#include "tests/support/private_key.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

constexpr const char* second_hex = "0191a2b3c4d57e6f8091a2b3c4d5e6f7";

pull question(channel on = channel::sms, std::size_t many = 1) {
    pull made;
    made.channel = on;
    pull::overdue one;
    one.attempt = *attempt_id::parse(samples::attempt_hex);
    one.carrier_message_id = "id-1";
    one.to = *msisdn::parse("34600000000");
    made.about.push_back(one);
    if (many > 1) {
        one.attempt = *attempt_id::parse(second_hex);
        one.carrier_message_id = "id-2";
        made.about.push_back(one);
    }
    made.now = *parse_rfc3339("2026-08-19T10:00:00Z");
    made.nonce.fill(0xcd);
    return made;
}

std::string read(const carrier& from, const pull& asked, unsigned status, const std::string& body) {
    const auto said = from.read_pull({status, {}, body}, asked);
    std::string text = said.readable ? "" : "unreadable " + said.word;
    for (const auto& entry : said.entries) {
        EXPECT_EQ(entry.raw.find("483920"), std::string::npos) << "the PIN is in the history";
        text += (text.empty() ? "" : "; ") + samples::text_of(entry);
    }
    return text.substr(0, text.find("\n  raw="));
}

std::string first_line(const http_request& request) {
    const auto text = samples::text_of(request);
    return text.substr(0, text.find('\n'));
}

TEST(Pull, Gateway360IsAskedByOurReference) {
    const auto carrier = samples::carrier_of("360nrs");
    EXPECT_EQ(carrier->pulls(channel::sms).most, 1U);
    EXPECT_EQ(carrier->pulls(channel::voice).most, 0U);
    EXPECT_EQ(
        samples::text_of(carrier->to_pull(question())), golden::read("carriers/360nrs.inquiry")
    ) << "the same wire as an attempt in doubt is asked on";
    const auto read_body = [&](const std::string& body) {
        return carrier->read_pull({200, {}, body}, question());
    };
    const auto said = read_body(golden::read("carriers/360nrs-reports.json"));
    EXPECT_TRUE(said.readable);
    EXPECT_FALSE(said.entries.empty());
    EXPECT_TRUE(read_body(R"({"status":"ok","result":[]})").readable);
    EXPECT_EQ(read_body(R"({"status":"error"})").word, "HTTP(200)");
    EXPECT_FALSE(carrier->read_pull({401, {}, "{}"}, question()).readable);
}

TEST(Pull, InfobipsLogIsReadByItsVersionManyAtOnce) {
    auto given = samples::settings_of("infobip");
    const auto asked = question(channel::sms, 2);
    const std::string ids =
        std::string("messageId=") + samples::attempt_hex + "&messageId=" + second_hex + "&limit=2";
    EXPECT_EQ(first_line(make_carrier(given)->to_pull(asked)), "GET /sms/1/logs?" + ids);
    given.api = settings::api_version::v3;
    const auto carrier = make_carrier(given);
    EXPECT_EQ(first_line(carrier->to_pull(asked)), "GET /sms/3/logs?" + ids);
    EXPECT_GE(carrier->pulls(channel::sms).most, 2U);
    EXPECT_EQ(carrier->pulls(channel::voice).most, 0U) << "its reports are given out once";
    const std::string one = R"({"results":[{"messageId":")" + std::string(samples::attempt_hex) +
                            R"(","destination":"34600000000","text":"483920 is it",)"
                            R"("content":{"text":"483920 is it"},)"
                            R"("status":{"groupId":3,"id":5,"name":"DELIVERED_TO_HANDSET"},)"
                            R"("error":{"id":0,"name":"NO_ERROR"}}]})";
    const auto told = read(*carrier, asked, 200, one);
    EXPECT_NE(told.find("to=34600000000 status=DELIVRD"), std::string::npos) << told;
    EXPECT_EQ(read(*carrier, asked, 200, R"({"results":[]})"), "");
    EXPECT_EQ(read(*carrier, asked, 401, "{}"), "unreadable HTTP(401)");
    EXPECT_EQ(read(*carrier, asked, 200, R"({"results":{}})"), "unreadable HTTP(200)");
}

TEST(Pull, TwiliosResourceIsReadByItsId) {
    const auto carrier = samples::carrier_of("twilio");
    EXPECT_TRUE(carrier->pulls(channel::sms).by_id);
    EXPECT_EQ(
        first_line(carrier->to_pull(question())),
        "GET /2010-04-01/Accounts/pinwire/Messages/id-1.json"
    );
    const auto call = question(channel::voice);
    EXPECT_EQ(
        first_line(carrier->to_pull(call)), "GET /2010-04-01/Accounts/pinwire/Calls/id-1.json"
    );
    const auto told = read(
        *carrier,
        question(),
        200,
        R"({"sid":"id-1","to":"+34600000000","status":"undelivered","error_code":30005,)"
        R"("body":"483920 is it"})"
    );
    EXPECT_EQ(
        told, "entry id=id-1 to=34600000000 status=UNDELIV raw_status=undelivered error=30005"
    );
    const auto heard =
        read(*carrier, call, 200, R"({"sid":"id-1","status":"completed","answered_by":"human"})");
    EXPECT_NE(heard.find("call=PROCESSED"), std::string::npos) << heard;
    EXPECT_EQ(read(*carrier, question(), 404, "{}"), "") << "gone is an answer";
    EXPECT_EQ(read(*carrier, question(), 200, R"({"status":"of another planet"})"), "");
    EXPECT_EQ(read(*carrier, question(), 200, "[]"), "unreadable HTTP(200)");
    EXPECT_EQ(read(*carrier, question(), 500, "{}"), "unreadable HTTP(500)");
}

TEST(Pull, VonagesRecordsAreReadByTheirIdsWhereTheReportsApiIsNamed) {
    auto given = samples::settings_of("vonage");
    EXPECT_EQ(make_carrier(given)->pulls(channel::sms).most, 0U);
    given.inquiry_url = "https://reports.example.com";
    const auto carrier = make_carrier(given);
    EXPECT_TRUE(carrier->pulls(channel::sms).by_id);
    EXPECT_EQ(carrier->pulls(channel::voice).most, 0U);
    const auto asked = question(channel::sms, 2);
    EXPECT_EQ(
        first_line(carrier->to_pull(asked)),
        "GET /v2/reports/records?account_id=pinwire&product=SMS&direction=outbound&id=id-1%2Cid-2"
    );
    const auto told = read(
        *carrier,
        asked,
        200,
        R"({"records":[{"message_id":"id-2","client_ref":"","to":"34600000000",)"
        R"("status":"delivered","message_body":"483920 is it"}],"ids_not_found":"id-1"})"
    );
    EXPECT_NE(told.find("id=id-2 to=34600000000 status=DELIVRD"), std::string::npos) << told;
    EXPECT_EQ(read(*carrier, asked, 402, "{}"), "unreadable HTTP(402)");
}

// Its resource has no word for a human: with detection a call that was completed may be either's.
TEST(Pull, WhoHeardAVonageCallIsNotGuessed) {
    auto given = samples::settings_of("vonage");
    given.application = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
    given.password = secret(test::new_private_key());
    const auto detecting = make_carrier(given);
    given.machine_detection = false;
    const auto plain = make_carrier(given);
    const auto asked = question(channel::voice);
    EXPECT_EQ(detecting->pulls(channel::voice).most, 1U);
    EXPECT_EQ(first_line(detecting->to_pull(asked)), "GET /v1/calls/id-1");
    const auto told = [&asked](const carrier& by, const std::string& word) {
        const auto body =
            R"({"uuid":"id-1","to":{"number":"34600000000"},"status":")" + word + "\"}";
        return read(by, asked, 200, body);
    };
    const std::string entry = "entry id=id-1 to=34600000000 status=";
    EXPECT_EQ(told(*detecting, "completed"), entry + "UNKNOWN call=UNDEFINED raw_status=completed");
    EXPECT_EQ(told(*plain, "completed"), entry + "DELIVRD call=PROCESSED raw_status=completed");
    for (const auto* by : {detecting.get(), plain.get()}) {
        EXPECT_EQ(told(*by, "machine"), entry + "UNDELIV call=ANSWERED_MACHINE raw_status=machine");
        EXPECT_EQ(told(*by, "busy"), entry + "UNDELIV call=ERROR_USER_BUSY raw_status=busy");
        EXPECT_EQ(told(*by, "of another planet"), "");
        EXPECT_EQ(read(*by, asked, 404, "{}"), "") << "gone is an answer";
        EXPECT_EQ(read(*by, asked, 401, "{}"), "unreadable HTTP(401)");
    }
    EXPECT_EQ(told(*detecting, "answered"), entry + "ENROUTE call=PROCESSING raw_status=answered")
        << "it isn't over";
}

std::unique_ptr<carrier> described(const http_pull& how) {
    auto given = samples::settings_of("http");
    given.http.pull = how;
    return make_carrier(std::move(given));
}

TEST(Pull, ADescribedCarrierIsAskedAsItsTemplateSays) {
    auto how = samples::pull_sample();
    const auto by_id = described(how);
    EXPECT_EQ(by_id->pulls(channel::sms).most, 1U);
    EXPECT_EQ(by_id->pulls(channel::voice).most, 1U);
    EXPECT_TRUE(by_id->pulls(channel::sms).by_id);
    auto asked = question();
    asked.about.front().carrier_message_id = "a/b&c=\"1\"";
    golden::expect("carriers/http-pull.request", samples::text_of(by_id->to_pull(asked)));

    how.request.method = "POST";
    how.request.target = "/v1/reports";
    how.request.headers.clear();
    how.request.body =
        R"({"key":"{secret}","user":"{username}","refs":["{reference}"],"to":[{to}],)"
        R"("plus":"{to_plus}","id":"{id}"})";
    golden::expect(
        "carriers/http-pull-post.request", samples::text_of(described(how)->to_pull(asked))
    );

    how.request.body = R"({"ref":"{reference}"})";
    EXPECT_FALSE(described(how)->pulls(channel::sms).by_id);
    auto elsewhere = samples::settings_of("http");
    elsewhere.http.pull = how;
    elsewhere.http.voice = {};
    elsewhere.inquiry_url = "https://reports.example.com/below";
    const auto carrier = make_carrier(elsewhere);
    EXPECT_EQ(first_line(carrier->to_pull(asked)), "POST /below/v1/reports");
    EXPECT_EQ(carrier->pulls(channel::voice).most, 0U) << "it places no calls";
}

// Push and pull agree to the byte of the history, but for what can't be read: nobody posted it.
TEST(Pull, ADescribedCarriersListIsReadLikeItsPostedReports) {
    const auto carrier = described(samples::pull_sample());
    const auto body = golden::read("carriers/http-dlr.json");
    for (const auto on : {channel::sms, channel::voice}) {
        auto posted = carrier->read_dlrs(samples::posted(body), on);
        EXPECT_FALSE(posted.unreadable.empty());
        posted.unreadable.clear();
        const auto fetched = carrier->read_pull({200, {}, body}, question(on));
        EXPECT_TRUE(fetched.readable);
        dlr_reading said;
        said.entries = fetched.entries;
        EXPECT_EQ(samples::text_of(said), samples::text_of(posted));
    }
}

TEST(Pull, ADescribedCarriersIdIsWrittenAsInItsAnswers) {
    auto given = samples::settings_of("http");
    given.http.pull = samples::pull_sample();
    given.ids = settings::id_form::decimal;
    given.report_ids = settings::id_base::hex;
    const auto carrier = make_carrier(given);
    const std::string body = R"({"reports":[{"id":"0019","state":{"name":"sent"}}]})";
    EXPECT_EQ(
        carrier->read_pull({200, {}, body}, question()).entries.at(0).carrier_message_id, "19"
    );
}

TEST(Pull, AnEntryThatSaysNotWhoseItIsCountsOnlyWhereItIsAlone) {
    auto how = samples::pull_sample();
    how.id.clear();
    how.reference.clear();
    const auto carrier = described(how);
    const std::string one = R"({"id":"id-2","state":{"name":"delivered"}})";
    const auto ref = " reference=" + std::string(samples::attempt_hex);
    const auto alone = "entry" + ref + " status=DELIVRD raw_status=delivered";
    EXPECT_EQ(read(*carrier, question(), 200, R"({"reports":[)" + one + "]}"), alone);
    EXPECT_EQ(read(*carrier, question(), 200, R"({"reports":)" + one + "}"), alone);
    EXPECT_EQ(read(*carrier, question(), 200, R"({"reports":[)" + one + "," + one + "]}"), "");
    EXPECT_EQ(read(*carrier, question(), 200, R"({"reports":[null,)" + one + "]}"), "");
    how.entries.clear();
    EXPECT_EQ(read(*described(how), question(), 200, one), alone);
    EXPECT_EQ(read(*described(how), question(), 200, "[" + one + "]"), alone);
}

TEST(Pull, ADescribedCarriersStatusesSayWhatIsAnAnswer) {
    auto how = samples::pull_sample();
    how.statuses = {200, 203};
    how.missing_statuses = {404, 410};
    const auto carrier = described(how);
    const std::string one = R"({"reports":[{"id":"id-1","state":{"name":"failed"}}]})";
    const auto told = "entry id=id-1 status=UNDELIV raw_status=failed";
    for (const unsigned status : {200U, 203U})
        EXPECT_EQ(read(*carrier, question(), status, one), told) << status;
    for (const unsigned status : {404U, 410U})
        EXPECT_EQ(read(*carrier, question(), status, one), "") << status;
    for (const unsigned status : {201U, 401U, 429U, 500U})
        EXPECT_EQ(
            read(*carrier, question(), status, one),
            "unreadable HTTP(" + std::to_string(status) + ")"
        );
    for (const char* nothing :
         {"{}", "[]", R"({"reports":[]})", R"({"reports":null})", R"({"reports":"none"})"})
        EXPECT_EQ(read(*carrier, question(), 200, nothing), "") << nothing;
    for (const char* no_json : {"", "no", "7", "<html>", R"({"a":1,"a":2})"})
        EXPECT_EQ(read(*carrier, question(), 200, no_json), "unreadable HTTP(200)") << no_json;
}

TEST(Pull, CarriersWithoutAListAreNotAsked) {
    for (const char* kind : {"kannel", "jasmin", "http"}) {
        const auto carrier = samples::carrier_of(kind);
        EXPECT_EQ(carrier->pulls(channel::sms).most, 0U) << kind;
        EXPECT_EQ(carrier->pulls(channel::voice).most, 0U) << kind;
    }
}

TEST(Pull, TheMarkLeavesTheRestOfTheHistoryAsItWas) {
    dlr one;
    one.raw = R"({"status":"DELIVRD"})";
    mark_as_pulled(one);
    EXPECT_EQ(one.raw, R"({"pulled":true,"status":"DELIVRD"})");
    one.raw = "cut off in the mid";
    mark_as_pulled(one);
    EXPECT_EQ(one.raw, R"({"pulled":true})");
}

TEST(Pull, TheKeyInKafkaIsThatOfAPostedReport) {
    dlr one;
    one.carrier = carrier_name("acme");
    one.carrier_message_id = "id-1";
    EXPECT_EQ(key_of(one), "acme:id-1");
    one.reference = attempt_id::parse(samples::attempt_hex);
    EXPECT_EQ(key_of(one), samples::attempt_hex);
    one.token = attempt_id::parse(second_hex);
    EXPECT_EQ(key_of(one), second_hex);
}

}  // namespace
}  // namespace pinwire::carriers
