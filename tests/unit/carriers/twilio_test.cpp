#include <gtest/gtest.h>

#include "common/core/form.hpp"
#include "tests/golden/golden.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using samples::carrier_of;
using samples::text_of;
using namespace std::chrono_literals;

constexpr const char* sid = "SM0123456789abcdef0123456789abcdef";

dlr_request callback(std::string body) {
    auto request = samples::posted(std::move(body));
    request.content_type = "application/x-www-form-urlencoded";
    return request;
}

// Calls that bring their words along.
std::unique_ptr<carrier> without_detection() {
    auto given = samples::settings_of("twilio");
    given.machine_detection = false;
    return make_carrier(given);
}

order call_that_asks() {
    auto made = samples::voice_order();
    made.words_url = "https://dlr.example.com/say/acme/0193500b7c00k1a5c0ffee/v1.k1.d29yZHM";
    return made;
}

dlr read_one(
    const std::string& body, channel on, const std::unique_ptr<carrier>& by = without_detection()
) {
    const auto reading = by->read_dlrs(callback(body), on);
    EXPECT_EQ(reading.entries.size(), 1u) << body;
    return reading.entries.empty() ? dlr{} : reading.entries.front();
}

TEST(TwilioCarrier, WritesTheDocumentedRequests) {
    const auto carrier = carrier_of("twilio");
    golden::expect(
        "carriers/twilio-sms.request", text_of(carrier->to_request(samples::sms_order()))
    );
    auto given = samples::settings_of("twilio");
    given.ring_timeout = 25s;
    given.call_timeout = 90s;
    given.key_sid = "SK0123";
    golden::expect(
        "carriers/twilio-voice-detect.request",
        text_of(make_carrier(given)->to_request(call_that_asks()))
    );
    given.machine_detection = false;
    golden::expect(
        "carriers/twilio-voice.request",
        text_of(make_carrier(given)->to_request(samples::voice_order()))
    );
}

TEST(TwilioCarrier, LeavesTheSenderToAMessagingService) {
    auto given = samples::settings_of("twilio");
    given.messaging_service = "MG0123";
    auto order = samples::sms_order();
    order.from = sender_name();
    EXPECT_EQ(carrier_of("twilio")->refuses(order), "no_sender");
    const auto carrier = make_carrier(given);
    EXPECT_EQ(carrier->refuses(order), "");
    const auto body = carrier->to_request(order).body;
    EXPECT_NE(body.find("MessagingServiceSid=MG0123"), std::string::npos);
    EXPECT_EQ(body.find("From="), std::string::npos);
}

TEST(TwilioCarrier, WritesShortCodesWithoutAndNumbersWithAPlus) {
    const auto from = [](const char* sender) {
        auto order = samples::sms_order();
        order.from = sender_name(sender);
        const auto body = carrier_of("twilio")->to_request(order).body;
        const auto at = body.find("From=") + 5;
        return body.substr(at, body.find('&', at) - at);
    };
    EXPECT_EQ(from("12345"), "12345");
    EXPECT_EQ(from("34911000000"), "%2B34911000000");
    EXPECT_EQ(from("ACME"), "ACME");
}

TEST(TwilioCarrier, KeepsTheValidityWithinItsBounds) {
    const auto seconds = [](int validity) {
        auto order = samples::sms_order();
        order.validity = std::chrono::seconds(validity);
        const auto body = carrier_of("twilio")->to_request(order).body;
        return std::stoi(body.substr(body.find("ValidityPeriod=") + 15));
    };
    EXPECT_EQ(seconds(0), 1);
    EXPECT_EQ(seconds(599), 599);
    EXPECT_EQ(seconds(1'000'000), 36'000);
}

TEST(TwilioCarrier, EscapesWhatIsSpoken) {
    auto order = samples::voice_order();
    order.text = secret(R"(A & B <C> "D")");
    order.voice.language = "en";
    const auto body = without_detection()->to_request(order).body;
    const auto form = form::parse(body);
    ASSERT_TRUE(form);
    EXPECT_EQ(
        *form->find("Twiml"),
        R"(<Response><Pause length="1"/><Say language="en-US">)"
        "A &amp; B &lt;C&gt; &quot;D&quot;</Say></Response>"
    );
}

TEST(TwilioCarrier, ChangesTheSpeedOnlyOfVoicesThatKnowOne) {
    auto order = samples::voice_order();
    order.voice.speech_rate = 0.8;
    const auto spoken = [&order] {
        return *form::parse(without_detection()->to_request(order).body)->find("Twiml");
    };
    EXPECT_EQ(spoken().find("prosody"), std::string::npos);
    order.voice.voice = "Polly.Ines";
    EXPECT_NE(
        spoken().find(R"(<Say voice="Polly.Ines" language="pt-BR"><prosody rate="80%">)"),
        std::string::npos
    );
    order.voice.voice.clear();
    order.voice.language = "ro";
    EXPECT_NE(
        spoken().find(R"(voice="Polly.Carmen" language="ro-RO"><prosody)"), std::string::npos
    );
}

TEST(TwilioCarrier, RefusesACallItCannotSpeakOrPlace) {
    const auto carrier = without_detection();
    auto order = samples::voice_order();
    for (const char* language :
         {"en", "es", "ca", "da", "nl", "fr", "de",    "it",    "ja",    "ko",
          "no", "pl", "ru", "sv", "fi", "ro", "pt_pt", "pt_br", "zh_cn", "zh_tw"}) {
        order.voice.language = language;
        EXPECT_EQ(carrier->refuses(order), "") << language;
    }
    for (const char* language : {"hr", "sl"}) {
        order.voice.language = language;
        order.voice.voice.clear();
        EXPECT_EQ(carrier->refuses(order), "language_not_spoken") << language;
        order.voice.voice = "Google.hr-HR-Chirp3-HD-Aoede";
        EXPECT_EQ(carrier->refuses(order), "") << "a voice of its own speaks it";
    }
    order.from = sender_name("ACME");
    EXPECT_EQ(carrier->refuses(order), "no_caller_id");
}

// --- words that are asked for

TEST(TwilioCarrier, KeepsTheWordsBackWhereAMachineCouldHearThem) {
    const auto carrier = carrier_of("twilio");
    const auto order = call_that_asks();
    const auto words = carrier->words(order);
    const auto inline_words =
        *form::parse(without_detection()->to_request(order).body)->find("Twiml");
    EXPECT_EQ(words.reveal(), inline_words);
    EXPECT_EQ(carrier->to_request(order).body.find("4%2C+8%2C+3"), std::string::npos);
    EXPECT_TRUE(without_detection()->words(order).empty());
    EXPECT_TRUE(carrier->words(samples::sms_order()).empty());
}

TEST(TwilioCarrier, RefusesACallThatCannotAskForItsWords) {
    const auto carrier = carrier_of("twilio");
    auto order = call_that_asks();
    EXPECT_EQ(carrier->refuses(order), "");
    order.words_url.resize(4000, 'x');
    EXPECT_EQ(carrier->refuses(order), "");
    order.words_url += 'x';
    EXPECT_EQ(carrier->refuses(order), "words_too_long");
    order.words_url.clear();
    EXPECT_EQ(carrier->refuses(order), "no_words_url");
    EXPECT_EQ(without_detection()->refuses(order), "");
}

TEST(TwilioCarrier, TellsTheWordsToAHumanAlone) {
    const auto carrier = carrier_of("twilio");
    const auto words = carrier->words(call_that_asks());
    std::string made;
    for (const char* by :
         {"human",
          "machine_start",
          "machine_end_beep",
          "machine_end_silence",
          "machine_end_other",
          "fax",
          "unknown",
          "Human",
          ""}) {
        const auto said = carrier->say(
            words, callback("CallSid=CA1&CallStatus=in-progress&AnsweredBy=" + std::string(by))
        );
        made += std::string(by) + ": " + std::to_string(said.status) + " " +
                said.headers.at(0).first + "=" + said.headers.at(0).second + " " + said.body + "\n";
    }
    golden::expect("carriers/twilio-say.answers", made);
}

TEST(TwilioCarrier, HangsUpOnWhoAsksForNothingItCanTell) {
    const auto carrier = carrier_of("twilio");
    const auto words = carrier->words(call_that_asks());
    const std::string hang_up = "<Response><Hangup/></Response>";
    for (const char* body : {"", "CallSid=CA1", "AnsweredBy=%zz", "{\"AnsweredBy\":\"human\"}"})
        EXPECT_EQ(carrier->say(words, callback(body)).body, hang_up) << body;
    EXPECT_EQ(carrier->say(secret(), callback("AnsweredBy=human")).body, hang_up) << "too late";
}

TEST(TwilioCarrier, CountsOnlyAHumanAsReachedWhereItDetects) {
    struct state_case {
        const char* says;
        const char* answered_by;
        std::optional<call_status> call;
    };
    const state_case cases[] = {
        {"queued", "", call_status::pending_accepted},
        {"initiated", "", call_status::processing},
        {"ringing", "", call_status::processing},
        {"in-progress", "", call_status::processing},
        {"in-progress", "human", call_status::processed},
        {"in-progress", "machine_start", call_status::answered_machine},
        {"in-progress", "unknown", call_status::answered_machine},
        {"completed", "human", call_status::processed},
        {"completed", "machine_start", call_status::answered_machine},
        {"completed", "machine_end_beep", call_status::answered_machine},
        {"completed", "machine_end_silence", call_status::answered_machine},
        {"completed", "machine_end_other", call_status::answered_machine},
        {"completed", "fax", call_status::answered_machine},
        {"completed", "unknown", call_status::answered_machine},
        {"completed", "", call_status::answered_machine},
        {"busy", "", call_status::error_user_busy},
        {"no-answer", "", call_status::error_no_answer},
        {"canceled", "", call_status::error},
        {"failed", "", call_status::error},
        {"failed", "human", call_status::error},
        {"teleported", "human", std::nullopt},
    };
    const auto carrier = carrier_of("twilio");
    for (const auto& expected : cases) {
        std::string body = "CallSid=CA1&CallStatus=" + std::string(expected.says);
        if (*expected.answered_by) body += "&AnsweredBy=" + std::string(expected.answered_by);
        const auto entry = read_one(body, channel::voice, carrier);
        EXPECT_EQ(entry.call, expected.call) << body;
        std::optional<dlr_status> folded;
        if (expected.call) folded = delivery_of(*expected.call);
        EXPECT_EQ(entry.status, folded) << body;
    }
}

TEST(TwilioCarrier, TakesTheIdOfWhatWasMade) {
    const std::string body = R"({"sid":")" + std::string(sid) +
                             R"(","status":"queued","error_code":null,"num_segments":"1"})";
    const auto carrier = carrier_of("twilio");
    EXPECT_EQ(
        text_of(carrier->read_answer({201, {}, body}, channel::sms)), "sent id=" + std::string(sid)
    );
    EXPECT_EQ(
        text_of(carrier->read_answer({201, {}, body}, channel::voice)),
        "sent id=" + std::string(sid) + " call=PENDING_ACCEPTED"
    );
    const auto odd = R"({"sid":"SM1","status":"teleported"})";
    EXPECT_EQ(text_of(carrier->read_answer({201, {}, odd}, channel::sms)), "sent id=SM1")
        << "an id is proof, whatever the state";
}

TEST(TwilioCarrier, ClassesHttpStatuses) {
    std::string made;
    const auto carrier = carrier_of("twilio");
    for (const unsigned status : {302u, 400u, 401u, 404u, 408u, 429u, 500u, 503u}) {
        http_response response{
            status, {{"Retry-After", "7"}}, R"({"code":99999,"message":"483920 is bad"})"};
        made += std::to_string(status) + " sms " +
                text_of(carrier->read_answer(response, channel::sms)) + "\n";
        made += std::to_string(status) + " voice " +
                text_of(carrier->read_answer(response, channel::voice)) + "\n";
    }
    golden::expect("carriers/twilio-http.answers", made);
}

TEST(TwilioCarrier, IsInDoubtAboutARefusalsCodeInA5xx) {
    const auto said =
        carrier_of("twilio")->read_answer({500, {}, R"({"code":21211})"}, channel::sms);
    EXPECT_EQ(text_of(said), "in_doubt error=INVALID_TO(21211)");
}

TEST(TwilioCarrier, TellsWhyACallWasRefused) {
    const auto call = [](unsigned status, const char* body) {
        return carrier_of("twilio")->read_answer({status, {}, body}, channel::voice).call;
    };
    EXPECT_EQ(call(400, R"({"code":21211})"), call_status::bad_request);
    EXPECT_EQ(call(400, R"({"code":21215})"), call_status::error_route_not_available);
    EXPECT_EQ(call(401, R"({"code":20003})"), call_status::error);
    EXPECT_EQ(call(429, R"({"code":20429})"), std::nullopt) << "it goes on later";
}

TEST(TwilioCarrier, ReadsEveryMessageStatus) {
    struct status_case {
        const char* says;
        std::optional<dlr_status> status;
    };
    const status_case cases[] = {
        {"accepted", dlr_status::acceptd},
        {"scheduled", dlr_status::acceptd},
        {"queued", dlr_status::acceptd},
        {"sending", dlr_status::acceptd},
        {"sent", dlr_status::enroute},
        {"partially_delivered", dlr_status::enroute},
        {"delivered", dlr_status::delivrd},
        {"read", dlr_status::delivrd},
        {"undelivered", dlr_status::undeliv},
        {"failed", dlr_status::rejectd},
        {"canceled", dlr_status::deleted},
        {"received", std::nullopt},
        {"teleported", std::nullopt},
    };
    for (const auto& expected : cases) {
        const auto entry = read_one(
            "MessageSid=SM1&MessageStatus=" + std::string(expected.says) + "&To=%2B34600000000",
            channel::sms
        );
        EXPECT_EQ(entry.status, expected.status) << expected.says;
        EXPECT_EQ(entry.raw_status, expected.says);
        EXPECT_EQ(entry.carrier_message_id, "SM1");
        EXPECT_FALSE(entry.call);
    }
    const auto expired = read_one("SmsSid=SM1&SmsStatus=undelivered&ErrorCode=30036", channel::sms);
    EXPECT_EQ(expired.status, dlr_status::expired);
    EXPECT_EQ(expired.error_code, "30036");
}

TEST(TwilioCarrier, ReadsEveryCallState) {
    struct state_case {
        const char* says;
        const char* answered_by;
        std::optional<call_status> call;
    };
    const state_case cases[] = {
        {"queued", "", call_status::pending_accepted},
        {"initiated", "", call_status::processing},
        {"ringing", "", call_status::processing},
        {"in-progress", "", call_status::processed},
        {"completed", "", call_status::processed},
        {"completed", "human", call_status::processed},
        {"completed", "machine_start", call_status::answered_machine},
        {"in-progress", "machine_end_beep", call_status::answered_machine},
        {"completed", "fax", call_status::answered_machine},
        {"busy", "", call_status::error_user_busy},
        {"no-answer", "", call_status::error_no_answer},
        {"canceled", "", call_status::error},
        {"failed", "", call_status::error},
        {"teleported", "", std::nullopt},
    };
    for (const auto& expected : cases) {
        std::string body = "CallSid=CA1&CallStatus=" + std::string(expected.says);
        if (*expected.answered_by) body += "&AnsweredBy=" + std::string(expected.answered_by);
        const auto entry = read_one(body, channel::voice);
        EXPECT_EQ(entry.call, expected.call) << body;
        std::optional<dlr_status> folded;
        if (expected.call) folded = delivery_of(*expected.call);
        EXPECT_EQ(entry.status, folded) << body;
    }
}

TEST(TwilioCarrier, ReadsTheDocumentedCallbacks) {
    const auto carrier = carrier_of("twilio");
    std::string made;
    for (const char* file :
         {"carriers/twilio-dlr-delivered.form", "carriers/twilio-dlr-failed.form"})
        made += text_of(carrier->read_dlrs(callback(golden::read(file)), channel::sms));
    made += text_of(without_detection()->read_dlrs(
        callback(golden::read("carriers/twilio-dlr-voice.form")), channel::voice
    ));
    made += text_of(carrier->read_dlrs(
        callback(golden::read("carriers/twilio-dlr-voice-machine.form")), channel::voice
    ));
    golden::expect("carriers/twilio-dlr.entries", made);
}

TEST(TwilioCarrier, KeepsABodyThatIsNoCallback) {
    for (const char* body : {"", "no", "MessageSid=SM1", "{}", "MessageStatus=%zz"}) {
        const auto reading = carrier_of("twilio")->read_dlrs(callback(body), channel::sms);
        EXPECT_TRUE(reading.entries.empty()) << body;
        ASSERT_EQ(reading.unreadable.size(), 1u) << body;
        // without a body the query is all that there is
        EXPECT_EQ(reading.unreadable[0], *body != '\0' ? body : callback("").target) << body;
    }
}

TEST(TwilioCarrier, AnswersCallbacksWithAnEmpty204) {
    const auto said = carrier_of("twilio")->acknowledgement();
    EXPECT_EQ(said.status, 204u);
    EXPECT_EQ(said.body, "");
}

// --- asking

inquiry about(channel on = channel::sms) {
    return samples::inquiry_of(on);
}

std::string message(const char* id, const char* at, const char* body) {
    return R"({"sid":")" + std::string(id) + R"(","status":"delivered","to":"+34600000000",)" +
           R"("date_created":")" + at + R"(","body":")" + body + R"("})";
}

std::string listed(const std::string& messages, inquiry question = about()) {
    auto given = samples::settings_of("twilio");
    given.absent_after = 60s;
    const std::string body = R"({"messages":[)" + messages + R"(],"page":0})";
    return text_of(make_carrier(given)->read_inquiry({200, {}, body}, question));
}

constexpr const char* ours = "483920 is your verification code.";
constexpr const char* in_time = "Wed, 19 Aug 2026 10:00:03 +0000";

TEST(TwilioCarrier, AsksByNumber) {
    const auto carrier = carrier_of("twilio");
    golden::expect("carriers/twilio-sms.inquiry", text_of(*carrier->to_inquiry(about())));
    golden::expect(
        "carriers/twilio-voice.inquiry", text_of(*carrier->to_inquiry(about(channel::voice)))
    );
}

TEST(TwilioCarrier, FindsTheMessageOfThatTimeAndText) {
    EXPECT_EQ(listed(message("SM1", in_time, ours)), "found SM1 DELIVRD as delivered");
    EXPECT_EQ(
        listed(message(
            "SM1",
            in_time,
            "Sent from your Twilio trial account - 483920 is your "
            "verification code."
        )),
        "found SM1 DELIVRD as delivered"
    );
    EXPECT_EQ(
        listed(
            message("SM2", in_time, "111111 is your verification code.") + "," +
            message("SM1", in_time, ours)
        ),
        "found SM1 DELIVRD as delivered"
    );
    EXPECT_EQ(
        listed(
            message("SM1", in_time, ours) + "," +
            message("SM0", "Wed, 19 Aug 2026 09:40:00 +0000", ours)
        ),
        "found SM1 DELIVRD as delivered"
    ) << "the same PIN was sent before";
}

TEST(TwilioCarrier, DoesNotGuessBetweenTwo) {
    EXPECT_EQ(
        listed(message("SM1", in_time, ours) + "," + message("SM2", in_time, ours)),
        "unknown SEVERAL_LISTED"
    );
}

TEST(TwilioCarrier, CallsAbsentOnlyWhatItsWholeListLacksForLongEnough) {
    EXPECT_EQ(listed(""), "absent NOT_LISTED");
    EXPECT_EQ(listed(message("SM0", "Wed, 19 Aug 2026 09:40:00 +0000", ours)), "absent NOT_LISTED");
    EXPECT_EQ(listed(message("SM9", in_time, "other")), "unknown OTHERS_LISTED");
    EXPECT_EQ(
        listed(message("SM9", "Wed, 19 Aug 2026 10:01:00 +0000", ours)), "unknown OTHERS_LISTED"
    );
    EXPECT_EQ(listed(message("SM9", "yesterday", ours)), "unknown OTHERS_LISTED");
    auto early = about();
    early.now = early.began + 59s;
    EXPECT_EQ(listed("", early), "unknown NOT_LISTED");
    const auto without =
        carrier_of("twilio")->read_inquiry({200, {}, R"({"messages":[]})"}, about());
    EXPECT_EQ(text_of(without), "unknown NOT_LISTED") << "unless somebody vouches for the list";
    std::string page = message("SM0", "Wed, 19 Aug 2026 09:00:00 +0000", ours);
    for (int i = 1; i < 50; ++i)
        page += "," + message("SM0", "Wed, 19 Aug 2026 09:00:00 +0000", ours);
    EXPECT_EQ(listed(page), "unknown NOT_LISTED") << "there may be more pages";
}

TEST(TwilioCarrier, ProvesNothingWithoutTheTextOrAReadableList) {
    auto wiped = about();
    wiped.text = secret();
    EXPECT_EQ(listed(message("SM1", in_time, ours), wiped), "unknown OTHERS_LISTED");
    const auto carrier = carrier_of("twilio");
    for (const char* body : {"", "[]", "{}", R"({"messages":{}})"})
        EXPECT_EQ(text_of(carrier->read_inquiry({200, {}, body}, about())), "unknown HTTP(200)");
    EXPECT_EQ(text_of(carrier->read_inquiry({401, {}, "{}"}, about())), "unknown HTTP(401)");
}

TEST(TwilioCarrier, FindsACallByNumberAndTime) {
    const std::string body = R"({"calls":[{"sid":"CA1","status":"completed","date_created":")" +
                             std::string(in_time) + R"("}]})";
    const auto said = without_detection()->read_inquiry({200, {}, body}, about(channel::voice));
    EXPECT_EQ(text_of(said), "found CA1 PROCESSED DELIVRD as completed");
}

TEST(TwilioCarrier, FindsWhoAnsweredACallThatDetects) {
    const auto found = [](const std::string& answered_by) {
        const std::string body = R"({"calls":[{"sid":"CA1","status":"completed","answered_by":)" +
                                 answered_by + R"(,"date_created":")" + in_time + R"("}]})";
        return text_of(carrier_of("twilio")->read_inquiry({200, {}, body}, about(channel::voice)));
    };
    EXPECT_EQ(found("\"human\""), "found CA1 PROCESSED DELIVRD as completed");
    EXPECT_EQ(found("\"machine_start\""), "found CA1 ANSWERED_MACHINE UNDELIV as completed");
    EXPECT_EQ(found("null"), "found CA1 ANSWERED_MACHINE UNDELIV as completed");
}

TEST(TwilioCarrier, SaysOfAFoundMessageWhatACallbackWouldHaveSaid) {
    const auto found = [](const std::string& state) {
        return listed(
            R"({"sid":"SM1",)" + state + R"(,"date_created":")" + in_time + R"(","body":")" + ours +
            R"("})"
        );
    };
    EXPECT_EQ(found(R"("status":"queued")"), "found SM1 ACCEPTD as queued");
    EXPECT_EQ(
        found(R"("status":"undelivered","error_code":30006)"),
        "found SM1 UNDELIV as undelivered, 30006"
    );
    EXPECT_EQ(found(R"("status":"receiving")"), "found SM1") << "a word that says nothing of it";
}

}  // namespace
}  // namespace pinwire::carriers
