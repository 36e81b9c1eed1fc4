#include <gtest/gtest.h>

#include "common/core/base64.hpp"
#include "tests/golden/golden.hpp"
#include "tests/support/private_key.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using samples::carrier_of;
using samples::posted;
using samples::text_of;
using namespace std::chrono_literals;

const secret& private_key() {
    static const secret pem(test::new_private_key());
    return pem;
}

settings calls_settings() {
    auto given = samples::settings_of("vonage");
    given.application = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
    given.password = private_key();
    return given;
}

std::unique_ptr<carrier> calls() {
    return make_carrier(calls_settings());
}

// The token as its readable parts: header, claims; its signature differs with the key.
http_request readable(http_request request) {
    for (auto& [name, value] : request.headers) {
        if (!value.starts_with("Bearer ")) continue;
        const auto token = value.substr(7);
        const auto dot = token.find('.');
        const auto second = token.find('.', dot + 1);
        value = "Bearer " + base64url_decode(token.substr(0, dot)).value_or("?") + "." +
                base64url_decode(token.substr(dot + 1, second - dot - 1)).value_or("?") + ".…";
    }
    return request;
}

TEST(VonageCarrier, DoesCallsWithAnApplicationAndSmsWithout) {
    EXPECT_TRUE(carrier_of("vonage")->can(channel::sms));
    EXPECT_FALSE(carrier_of("vonage")->can(channel::voice));
    EXPECT_FALSE(calls()->can(channel::sms));
    EXPECT_TRUE(calls()->can(channel::voice));
}

TEST(VonageCarrier, WritesTheDocumentedRequests) {
    const auto carrier = carrier_of("vonage");
    golden::expect(
        "carriers/vonage-sms.request", text_of(carrier->to_request(samples::sms_order()))
    );
    auto order = samples::sms_order();
    order.text = secret("483920 – код");
    golden::expect("carriers/vonage-ucs2.request", text_of(carrier->to_request(order)));
    auto given = calls_settings();
    given.ring_timeout = 25s;
    given.call_timeout = 90s;
    golden::expect(
        "carriers/vonage-voice.request",
        text_of(readable(make_carrier(given)->to_request(samples::voice_order())))
    );
}

TEST(VonageCarrier, SpeaksPlainlyWithoutDetectionAndSpeed) {
    auto given = calls_settings();
    given.machine_detection = false;
    auto order = samples::voice_order();
    order.voice.speech_rate = 1.0;
    const auto body = make_carrier(given)->to_request(order).body;
    EXPECT_NE(
        body.find(R"("text":"Your code is 4, 8, 3, 9. Again: 4, 8, 3, 9.")"), std::string::npos
    );
    EXPECT_EQ(body.find("machine_detection"), std::string::npos);
}

TEST(VonageCarrier, EscapesWhatIsSpokenAsSsml) {
    auto order = samples::voice_order();
    order.text = secret("A & B <C>");
    const auto body = calls()->to_request(order).body;
    EXPECT_NE(body.find("A &amp; B &lt;C&gt;"), std::string::npos) << body;
}

TEST(VonageCarrier, RefusesWhatItCannotSpeakOrPlace) {
    auto order = samples::voice_order();
    for (const char* language :
         {"en", "es", "ca", "da", "nl", "fr", "de",    "it",    "ja",    "ko",
          "no", "pl", "ru", "sv", "fi", "ro", "pt_pt", "pt_br", "zh_cn", "zh_tw"}) {
        order.voice.language = language;
        EXPECT_EQ(calls()->refuses(order), "") << language;
    }
    for (const char* language : {"hr", "sl"}) {
        order.voice.language = language;
        EXPECT_EQ(calls()->refuses(order), "language_not_spoken") << language;
    }
    order.from = sender_name("ACME");
    EXPECT_EQ(calls()->refuses(order), "no_caller_id");
    auto given = calls_settings();
    given.password = secret("no key");
    EXPECT_EQ(make_carrier(given)->refuses(order), "key_unreadable");
    auto sms = samples::sms_order();
    EXPECT_EQ(carrier_of("vonage")->refuses(sms), "");
    sms.from = sender_name();
    EXPECT_EQ(carrier_of("vonage")->refuses(sms), "no_sender");
}

TEST(VonageCarrier, KeepsTheTimeToLiveWithinItsBounds) {
    const auto ttl = [](int validity) {
        auto order = samples::sms_order();
        order.validity = std::chrono::seconds(validity);
        const auto body = carrier_of("vonage")->to_request(order).body;
        return std::stoll(body.substr(body.find("ttl=") + 4));
    };
    EXPECT_EQ(ttl(1), 20'000);
    EXPECT_EQ(ttl(599), 599'000);
    EXPECT_EQ(ttl(10'000'000), 604'800'000);
}

std::string parts(std::initializer_list<const char*> statuses) {
    std::string body = R"({"message-count":"2","messages":[)";
    int count = 0;
    for (const char* status : statuses) {
        ++count;
        body += std::string(count > 1 ? "," : "") + R"({"message-id":"0A)" + std::to_string(count) +
                R"(","status":")" + status + R"(","error-text":"483920"})";
    }
    return body + "]}";
}

TEST(VonageCarrier, AnswersPartByPart) {
    const auto said = [](const std::string& body) {
        return text_of(carrier_of("vonage")->read_answer({200, {}, body}, channel::sms));
    };
    EXPECT_EQ(said(parts({"0"})), "sent id=0A1");
    EXPECT_EQ(said(parts({"0", "0"})), "sent id=0A1");
    EXPECT_EQ(said(parts({"9"})), "not_sent_next error=QUOTA_VIOLATION(9)");
    EXPECT_EQ(said(parts({"9", "9"})), "not_sent_next error=QUOTA_VIOLATION(9)");
    EXPECT_EQ(said(parts({"0", "1"})), "in_doubt error=PARTLY_TAKEN");
    EXPECT_EQ(said(parts({"1", "0"})), "in_doubt error=PARTLY_TAKEN");
    EXPECT_EQ(said(parts({"1", "9"})), "not_sent_next error=THROTTLED(1)") << "none was taken";
    EXPECT_EQ(said(parts({"4711"})), "not_sent_next error=STATUS(4711)");
}

TEST(VonageCarrier, IsInDoubtAboutAnAnswerThatCannotBeRead) {
    for (const char* body :
         {"",
          "OK",
          "[]",
          "{}",
          R"({"messages":[]})",
          R"({"messages":[{}]})",
          R"({"messages":7})"}) {
        const auto said = carrier_of("vonage")->read_answer({200, {}, body}, channel::sms);
        EXPECT_EQ(text_of(said), "in_doubt error=UNREADABLE_ANSWER(200)") << body;
    }
    const auto said = calls()->read_answer({201, {}, R"({"status":"started"})"}, channel::voice);
    EXPECT_EQ(text_of(said), "in_doubt error=UNREADABLE_ANSWER(201)");
}

TEST(VonageCarrier, ClassesEveryAnswerToACall) {
    for (const error_class& row : calls()->error_table(channel::voice)) {
        const bool took = row.verdict == verdict::sent;
        const std::string says(row.says);
        const std::string body =
            took ? R"({"uuid":"u1","status":")" + says + R"(","conversation_uuid":"CON-1"})"
                 : R"({"type":"https://developer.nexmo.com/api-errors#)" + says +
                       R"(","title":"T","detail":"483920","instance":"i"})";
        const auto said = calls()->read_answer({row.status, {}, body}, channel::voice);
        EXPECT_EQ(text_of(said.verdict), text_of(row.verdict)) << says;
        if (took)
            EXPECT_EQ(said.carrier_message_id, "u1");
        else
            EXPECT_EQ(said.error, std::string(row.word) + "(" + std::to_string(row.status) + ")");
        EXPECT_EQ(said.call.has_value(), took || row.verdict == verdict::not_sent_next) << says;
    }
    const auto titled =
        calls()->read_answer({401, {}, R"({"error_title":"Unauthorized"})"}, channel::voice);
    EXPECT_EQ(text_of(titled), "not_sent_next call=ERROR error=UNAUTHORIZED(401)");
}

TEST(VonageCarrier, TheStatusOfACallsAnswerDecidesWhereNoRowSpeaks) {
    for (unsigned status = 200; status < 600; ++status) {
        const auto said = calls()->read_answer({status, {}, ""}, channel::voice);
        if (status > 299)
            EXPECT_NE(said.verdict, verdict::sent) << status;
        else
            EXPECT_EQ(said.verdict, verdict::in_doubt) << status;
        if (status >= 500) {
            EXPECT_EQ(said.verdict, verdict::in_doubt) << status;
        }
    }
}

TEST(VonageCarrier, ReadsEveryReceiptStatus) {
    const std::pair<const char*, std::optional<dlr_status>> cases[] = {
        {"submitted", dlr_status::acceptd},
        {"accepted", dlr_status::acceptd},
        {"buffered", dlr_status::enroute},
        {"delivered", dlr_status::delivrd},
        {"expired", dlr_status::expired},
        {"deleted", dlr_status::deleted},
        {"failed", dlr_status::undeliv},
        {"undeliverable", dlr_status::undeliv},
        {"rejected", dlr_status::rejectd},
        {"unknown", dlr_status::unknown},
        {"teleported", std::nullopt},
    };
    for (const auto& [says, status] : cases) {
        const std::string body =
            R"({"messageId":"0A1","status":")" + std::string(says) + R"(","err-code":"0"})";
        const auto reading = carrier_of("vonage")->read_dlrs(posted(body), channel::sms);
        ASSERT_EQ(reading.entries.size(), 1u);
        EXPECT_EQ(reading.entries[0].status, status) << says;
        EXPECT_EQ(reading.entries[0].error_code, "");
    }
}

TEST(VonageCarrier, ReadsEveryCallEvent) {
    struct event_case {
        const char* says;
        std::optional<call_status> detected;  // with machine detection
        std::optional<call_status> plain;
    };
    const event_case cases[] = {
        {"started", call_status::pending_accepted, call_status::pending_accepted},
        {"ringing", call_status::processing, call_status::processing},
        {"answered", call_status::processing, call_status::processed},
        {"human", call_status::processed, call_status::processed},
        {"machine", call_status::answered_machine, call_status::answered_machine},
        {"completed", call_status::processing, call_status::processed},
        {"disconnected", call_status::processing, call_status::processing},
        {"busy", call_status::error_user_busy, call_status::error_user_busy},
        {"timeout", call_status::error_no_answer, call_status::error_no_answer},
        {"unanswered", call_status::error_no_answer, call_status::error_no_answer},
        {"cancelled", call_status::error, call_status::error},
        {"rejected", call_status::error, call_status::error},
        {"failed", call_status::error, call_status::error},
        {"record", std::nullopt, std::nullopt},
    };
    auto given = calls_settings();
    given.machine_detection = false;
    const auto plain = make_carrier(given);
    const auto detecting = calls();
    for (const auto& expected : cases) {
        const std::string body =
            R"({"uuid":"u1","to":"34600000000","status":")" + std::string(expected.says) + R"("})";
        const auto call = [&body](const carrier& by) {
            return by.read_dlrs(posted(body), channel::voice).entries.at(0).call;
        };
        EXPECT_EQ(call(*detecting), expected.detected) << expected.says;
        EXPECT_EQ(call(*plain), expected.plain) << expected.says;
    }
}

// The order of a call that a machine took; its last event must not make it a human's.
TEST(VonageCarrier, AMachinesCallStaysAMachinesWhenItIsCompleted) {
    std::optional<call_status> known;
    for (const char* says : {"started", "ringing", "answered", "machine", "completed"}) {
        const std::string body = R"({"call_uuid":"u1","status":")" + std::string(says) + R"("})";
        const auto told = calls()->read_dlrs(posted(body), channel::voice).entries.at(0).call;
        ASSERT_TRUE(told);
        known = fold(known, *told);
    }
    EXPECT_EQ(known, call_status::answered_machine);
}

TEST(VonageCarrier, ReadsTheDocumentedReportsInEveryForm) {
    const auto sms = carrier_of("vonage");
    std::string made =
        text_of(sms->read_dlrs(posted(golden::read("carriers/vonage-dlr-sms.json")), channel::sms));
    auto form = posted(golden::read("carriers/vonage-dlr-sms.form"));
    form.content_type = "application/x-www-form-urlencoded";
    made += text_of(sms->read_dlrs(form, channel::sms));
    dlr_request query;
    query.method = "GET";
    query.target = "/dlr/acme/token?" + form.body;
    made += text_of(sms->read_dlrs(query, channel::sms));
    for (const char* file :
         {"carriers/vonage-dlr-completed.json", "carriers/vonage-dlr-human.json"})
        made += text_of(calls()->read_dlrs(posted(golden::read(file)), channel::voice));
    golden::expect("carriers/vonage-dlr.entries", made);
}

TEST(VonageCarrier, KeepsWhatIsNoReport) {
    for (const char* body : {"", "no", "[]", "{}", R"({"status":"delivered"})"}) {
        const auto reading = carrier_of("vonage")->read_dlrs(posted(body), channel::sms);
        EXPECT_TRUE(reading.entries.empty()) << body;
        ASSERT_EQ(reading.unreadable.size(), 1u) << body;
    }
    const auto error = calls()->read_dlrs(
        posted(R"({"reason":"Syntax error in NCCO","conversation_uuid":"CON-1"})"), channel::voice
    );
    EXPECT_TRUE(error.entries.empty());
}

// --- asking

TEST(VonageCarrier, AsksTheReportsApiOnlyWhereItIsTold) {
    EXPECT_FALSE(carrier_of("vonage")->to_inquiry(samples::inquiry_of(channel::sms)));
    auto given = samples::settings_of("vonage");
    given.inquiry_url = "https://api.nexmo.com";
    const auto asked = make_carrier(given)->to_inquiry(samples::inquiry_of(channel::sms));
    ASSERT_TRUE(asked);
    golden::expect("carriers/vonage-sms.inquiry", text_of(*asked));
    golden::expect(
        "carriers/vonage-voice.inquiry",
        text_of(readable(*calls()->to_inquiry(samples::inquiry_of(channel::voice))))
    );
}

TEST(VonageCarrier, NamesIndiasIdsToAnSms) {
    auto order = samples::sms_order();
    order.dlt = samples::dlt();
    const auto carrier = carrier_of("vonage");
    const auto body = carrier->to_request(order).body;
    EXPECT_NE(body.find("&entity-id=1201160000000000001"), std::string::npos) << body;
    EXPECT_NE(body.find("&content-id=1207160000000000002"), std::string::npos) << body;
    order.dlt.content_template_id.clear();
    EXPECT_EQ(carrier->to_request(order).body.find("content-id"), std::string::npos);
}

TEST(VonageCarrier, FindsARecordByOurReference) {
    auto given = samples::settings_of("vonage");
    given.inquiry_url = "https://api.nexmo.com";
    given.absent_after = 60s;
    const auto carrier = make_carrier(given);
    const auto said = [&carrier](const std::string& body, auto question) {
        return text_of(carrier->read_inquiry({200, {}, body}, question));
    };
    const auto now = samples::inquiry_of(channel::sms);
    const auto whole = golden::read("carriers/vonage-records.json");
    EXPECT_EQ(said(whole, now), "found 0A0000001234567B DELIVRD as delivered");
    EXPECT_EQ(said(R"({"items_count":0,"records":[]})", now), "absent NOT_LISTED");
    EXPECT_EQ(said(R"({"items_count":2,"records":[{"client_ref":"x"}]})", now), "unknown LIST_CUT");
    EXPECT_EQ(said(R"({"records":[],"_links":{"next":{"href":"h"}}})", now), "unknown LIST_CUT");
    auto early = now;
    early.now = early.began + 59s;
    EXPECT_EQ(said(R"({"records":[]})", early), "unknown NOT_LISTED");
    EXPECT_EQ(said("no", now), "unknown HTTP(200)");
}

TEST(VonageCarrier, JudgesALongTextByTheRecordsOfAllItsParts) {
    auto given = samples::settings_of("vonage");
    given.inquiry_url = "https://api.nexmo.com";
    const auto carrier = make_carrier(given);
    auto question = samples::inquiry_of(channel::sms);
    question.text = secret(std::string(200, 'x'));  // two parts
    const auto said = [&](std::initializer_list<const char*> statuses) {
        std::string body = R"({"records":[)";
        int part = 0;
        for (const char* status : statuses) {
            ++part;
            body += std::string(part > 1 ? "," : "") + R"({"message_id":"0A)" +
                    std::to_string(part) + R"(","client_ref":")" + question.attempt.hex() +
                    R"(","status":")" + status + R"(","error_code":"0"})";
        }
        return text_of(carrier->read_inquiry({200, {}, body + "]}"}, question));
    };
    EXPECT_EQ(said({"delivered", "delivered"}), "found 0A1 DELIVRD as delivered");
    EXPECT_EQ(said({"delivered"}), "found 0A1") << "nothing is known of the other";
    EXPECT_EQ(said({"delivered", "failed"}), "found 0A1 UNDELIV as failed");
    EXPECT_EQ(said({"failed", "delivered"}), "found 0A1 UNDELIV as failed");
    EXPECT_EQ(said({"delivered", "accepted"}).find("DELIVRD"), std::string::npos);
}

TEST(VonageCarrier, FindsACallByNumberAndTime) {
    const auto question = samples::inquiry_of(channel::voice);
    const auto said = [&question](const std::string& listed, int count) {
        const std::string body =
            R"({"count":)" + std::to_string(count) + R"(,"_embedded":{"calls":[)" + listed + "]}}";
        return text_of(calls()->read_inquiry({200, {}, body}, question));
    };
    const std::string ours =
        R"({"uuid":"u1","status":"completed","to":{"type":"phone","number":"34600000000"}})";
    const std::string other =
        R"({"uuid":"u2","status":"completed","to":{"type":"phone","number":"34600000001"}})";
    EXPECT_EQ(said(ours + "," + other, 2), "found u1 PROCESSING ENROUTE as completed");
    EXPECT_EQ(said(ours + "," + ours, 2), "unknown SEVERAL_LISTED");
    EXPECT_EQ(said(ours, 101), "unknown SEVERAL_LISTED") << "another may stand on the next page";
    EXPECT_EQ(said(other, 1), "unknown NOT_LISTED");
}

}  // namespace
}  // namespace pinwire::carriers
