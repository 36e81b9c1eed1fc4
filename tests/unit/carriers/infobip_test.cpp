#include <gtest/gtest.h>

#include <set>

#include "tests/golden/golden.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using samples::carrier_of;
using samples::posted;
using samples::text_of;

// An answer to a send, as the documents show it.
http_response answered(int group, int id, const std::string& name) {
    http_response response;
    response.body = R"({"bulkId":"b1","messages":[{"to":"34600000000","status":{"groupId":)" +
                    std::to_string(group) + R"(,"groupName":"G","id":)" + std::to_string(id) +
                    R"(,"name":")" + name + R"(","description":"D"},"messageId":")" +
                    samples::attempt_hex + R"("}]})";
    return response;
}

std::string reported(int group, int id, int error) {
    return R"({"results":[{"messageId":")" + std::string(samples::attempt_hex) +
           R"(","to":"34600000000","status":{"groupId":)" + std::to_string(group) + R"(,"id":)" +
           std::to_string(id) + R"(,"name":"N"},"error":{"id":)" + std::to_string(error) + "}}]}";
}

dlr read_one(const std::string& body, channel on) {
    const auto reading = carrier_of("infobip")->read_dlrs(posted(body), on);
    EXPECT_EQ(reading.entries.size(), 1u);
    EXPECT_TRUE(reading.unreadable.empty());
    return reading.entries.empty() ? dlr{} : reading.entries.front();
}

struct status_case {
    int group;
    int id;
    verdict answer;
    std::optional<dlr_status> sms;
    std::optional<call_status> call;
};

constexpr auto sent = verdict::sent;
constexpr auto next = verdict::not_sent_next;
constexpr auto never = verdict::not_sent_final;
constexpr auto rejectd = dlr_status::rejectd;
constexpr auto error = call_status::error;

// Every status id of PROTOCOLS 2.11.
const status_case status_cases[] = {
    {3, 2, sent, dlr_status::enroute, call_status::processing},
    {1, 3, sent, dlr_status::acceptd, call_status::processing},
    {2, 4, next, dlr_status::undeliv, error},
    {3, 5, sent, dlr_status::delivrd, call_status::processed},
    {5, 6, next, rejectd, call_status::error_network_not_available},
    {1, 7, sent, dlr_status::enroute, call_status::processing},
    {5, 8, next, rejectd, error},
    {2, 9, sent, dlr_status::undeliv, error},
    {5, 10, never, rejectd, error},
    {5, 11, next, rejectd, error},
    {5, 12, next, rejectd, call_status::error_not_enough_credits},
    {5, 13, next, rejectd, error},
    {5, 14, next, rejectd, error},
    {4, 15, sent, dlr_status::expired, error},
    {5, 17, next, rejectd, error},
    {5, 18, next, rejectd, error},
    {5, 19, next, rejectd, call_status::error_route_not_available},
    {5, 20, next, rejectd, error},
    {5, 21, next, rejectd, error},
    {5, 23, sent, std::nullopt, std::nullopt},
    {5, 24, next, rejectd, error},
    {5, 25, next, rejectd, error},
    {1, 26, sent, dlr_status::acceptd, call_status::pending_accepted},
    {4, 29, sent, dlr_status::unknown, call_status::undefined},
    {2, 31, next, dlr_status::undeliv, error},
    {5, 51, next, rejectd, error},
    {5, 52, never, rejectd, error},
    {5, 53, next, rejectd, error},
    {5, 54, next, rejectd, error},
    {5, 55, next, rejectd, error},
    {5, 56, next, rejectd, error},
    {5, 57, next, rejectd, error},
    {5, 58, next, rejectd, error},
    {5, 59, next, rejectd, error},
    {5, 60, next, rejectd, error},
    {5, 61, next, rejectd, error},
    {5, 62, next, rejectd, error},
    {5, 63, next, rejectd, error},
    {5, 64, next, rejectd, error},
    {5, 83, next, rejectd, error},
    {5, 87, next, rejectd, error},
    {4, 87, next, rejectd, error},
    {5, 91, next, rejectd, error},
    {2, 96, sent, dlr_status::undeliv, call_status::error_no_answer},
    {2, 97, sent, dlr_status::undeliv, call_status::error_user_busy},
    {2, 98, sent, dlr_status::deleted, error},
    {5, 99, sent, rejectd, error},
    {5, 100, next, rejectd, error},
    // ids that nobody documented: by their group, and in doubt where that proves nothing
    {0, 4711, sent, dlr_status::acceptd, call_status::pending_accepted},
    {1, 4711, sent, dlr_status::acceptd, call_status::pending_accepted},
    {2, 4711, verdict::in_doubt, dlr_status::undeliv, error},
    {3, 4711, sent, std::nullopt, call_status::undefined},
    {4, 4711, verdict::in_doubt, dlr_status::expired, error},
    {5, 4711, next, rejectd, error},
    {9, 4711, verdict::in_doubt, std::nullopt, std::nullopt},
};

TEST(InfobipCarrier, ClassesEveryStatusIdAsAnAnswer) {
    const auto carrier = carrier_of("infobip");
    for (const status_case& expected : status_cases) {
        const auto response = answered(expected.group, expected.id, "N");
        const auto sms = carrier->read_answer(response, channel::sms);
        EXPECT_EQ(text_of(sms.verdict), text_of(expected.answer)) << expected.id;
        EXPECT_EQ(sms.duplicate, expected.id == 23) << expected.id;
        EXPECT_EQ(sms.error.empty(), expected.answer == sent) << expected.id;
        EXPECT_FALSE(sms.call) << expected.id;
        const auto id = expected.answer == sent ? samples::attempt_hex : "";
        EXPECT_EQ(sms.carrier_message_id, id) << expected.id;
    }
}

TEST(InfobipCarrier, ClassesEveryStatusIdAsAnSmsReport) {
    for (const status_case& expected : status_cases) {
        const auto entry = read_one(reported(expected.group, expected.id, 0), channel::sms);
        EXPECT_EQ(entry.status, expected.sms) << expected.id;
        EXPECT_FALSE(entry.call) << expected.id;
        EXPECT_EQ(entry.raw_status, "N(" + std::to_string(expected.id) + ")");
    }
}

TEST(InfobipCarrier, ClassesEveryStatusIdAsACallReport) {
    for (const status_case& expected : status_cases) {
        const auto entry = read_one(reported(expected.group, expected.id, 0), channel::voice);
        EXPECT_EQ(entry.call, expected.call) << expected.id;
        std::optional<dlr_status> folded;
        if (expected.call) folded = delivery_of(*expected.call);
        if (expected.sms == rejectd && expected.answer != sent) folded = rejectd;
        EXPECT_EQ(entry.status, folded) << expected.id;
    }
}

TEST(InfobipCarrier, ReadsHowACallEndedFromEveryErrorCode) {
    struct code_case {
        int code;
        call_status call;
    };
    const code_case cases[] = {
        {5000, call_status::processed},
        {5001, call_status::answered_machine},
        {5002, call_status::error_user_busy},
        {5003, call_status::error_no_answer},
        {5004, error},
        {5400, call_status::bad_request},
        {5403, error},
        {5404, error},
        {5408, call_status::error_no_answer},
        {5480, error},
        {5484, error},
        {5487, error},
        {5488, error},
        {5491, error},
        {5501, error},
        {5503, error},
        {5603, error},
        {10000, call_status::processed},
        {10002, call_status::answered_machine},
        {10003, call_status::processed},
        {10200, call_status::error_no_answer},
        {10201, call_status::error_user_busy},
        {10202, error},
        {10203, error},
        {10204, error},
        {10300, error},
        {10312, error},
    };
    for (const auto& expected : cases) {
        // Whatever the status says of the end, the code is more exact.
        EXPECT_EQ(read_one(reported(2, 9, expected.code), channel::voice).call, expected.call)
            << expected.code;
        EXPECT_EQ(read_one(reported(3, 5, expected.code), channel::voice).call, expected.call)
            << expected.code;
        EXPECT_EQ(
            read_one(reported(1, 26, expected.code), channel::voice).call,
            call_status::pending_accepted
        ) << expected.code;
    }
}

TEST(InfobipCarrier, KeepsEveryDocumentedErrorCodeOfAnSmsAsWritten) {
    const int codes[] = {1,    5,    6,    8,    9,    11,   12,   13,   21,  27,  31,
                         32,   33,   34,   51,   255,  256,  500,  502,  568, 569, 608,
                         2048, 2050, 2052, 2053, 4097, 4098, 4101, 4103, 4104};
    for (const int code : codes) {
        const auto entry = read_one(reported(2, 9, code), channel::sms);
        EXPECT_EQ(entry.error_code, std::to_string(code));
        EXPECT_EQ(entry.status, dlr_status::undeliv);
    }
    EXPECT_EQ(read_one(reported(3, 5, 0), channel::sms).error_code, "");
}

TEST(InfobipCarrier, WritesTheDocumentedRequests) {
    const auto carrier = carrier_of("infobip");
    golden::expect(
        "carriers/infobip-sms.request", text_of(carrier->to_request(samples::sms_order()))
    );
    golden::expect(
        "carriers/infobip-voice.request", text_of(carrier->to_request(samples::voice_order()))
    );
}

TEST(InfobipCarrier, SendsByTheThirdVersionWhereToldTo) {
    auto given = samples::settings_of("infobip");
    given.api = settings::api_version::v3;
    const auto carrier = make_carrier(given);
    golden::expect(
        "carriers/infobip-sms-v3.request", text_of(carrier->to_request(samples::sms_order()))
    );
    const auto call = carrier->to_request(samples::voice_order());
    EXPECT_EQ(call.target, "/tts/3/advanced");
    const auto body = golden::read("carriers/infobip-sms-v3.answer");
    EXPECT_EQ(
        text_of(carrier->read_answer({200, {}, body}, channel::sms)),
        "sent id=" + std::string(samples::attempt_hex)
    );
    const auto refusal =
        R"({"errorCode":"E401","description":"483920","action":"a","violations":[]})";
    EXPECT_EQ(
        text_of(carrier->read_answer({401, {}, refusal}, channel::sms)),
        "not_sent_next error=E401(401)"
    );
    const auto report = golden::read("carriers/infobip-dlr-sms-v3.json");
    golden::expect(
        "carriers/infobip-dlr-sms-v3.entries",
        text_of(carrier->read_dlrs(posted(report), channel::sms))
    );
}

TEST(InfobipCarrier, TellsACallItsTimeoutsAndTheKeyToRepeat) {
    auto given = samples::settings_of("infobip");
    given.ring_timeout = std::chrono::seconds(25);
    given.call_timeout = std::chrono::seconds(90);
    auto order = samples::voice_order();
    order.voice.repeat_dtmf = "12#";
    const auto body = make_carrier(given)->to_request(order).body;
    EXPECT_NE(body.find(R"("ringTimeout":25,"callTimeout":90)"), std::string::npos) << body;
    EXPECT_NE(body.find(R"("maxDtmf":2,"repeatDtmf":"12")"), std::string::npos) << body;
    order.voice.repeat_dtmf = "#";
    EXPECT_EQ(make_carrier(given)->to_request(order).body.find("Dtmf"), std::string::npos);
}

TEST(InfobipCarrier, NamesEveryLanguageAsTheVoiceApiDoes) {
    auto order = samples::voice_order();
    const std::pair<const char*, const char*> names[] = {
        {"en", "en"},       {"es", "es"},      {"ca", "ca"}, {"da", "da"},       {"nl", "nl"},
        {"fr", "fr"},       {"de", "de"},      {"it", "it"}, {"ja", "ja"},       {"ko", "ko"},
        {"no", "no"},       {"pl", "pl"},      {"ru", "ru"}, {"sv", "sv"},       {"fi", "fi"},
        {"hr", "hr"},       {"sl", "sl"},      {"ro", "ro"}, {"pt_pt", "pt-pt"}, {"pt_br", "pt-br"},
        {"zh_cn", "zh-cn"}, {"zh_tw", "zh-tw"}};
    for (const auto& [ours, theirs] : names) {
        order.voice.language = ours;
        const auto body = carrier_of("infobip")->to_request(order).body;
        EXPECT_NE(body.find(R"("language":")" + std::string(theirs) + R"(")"), std::string::npos)
            << ours;
    }
}

TEST(InfobipCarrier, NamesIndiasIdsToAnSmsOfEitherVersion) {
    auto order = samples::sms_order();
    order.dlt = samples::dlt();
    const std::string ids = R"("regional":{"indiaDlt":{"contentTemplateId":"1207160000000000002",)"
                            R"("principalEntityId":"1201160000000000001",)"
                            R"("telemarketerId":"1202160000000000003,1202160000000000004"}})";
    const auto older = carrier_of("infobip")->to_request(order).body;
    EXPECT_NE(older.find(R"("intermediateReport":false,)" + ids + "}]}"), std::string::npos);
    auto given = samples::settings_of("infobip");
    given.api = settings::api_version::v3;
    const auto newer = make_carrier(given)->to_request(order).body;
    EXPECT_NE(newer.find(R"("timeUnit":"SECONDS"},)" + ids), std::string::npos) << newer;
    order.dlt = {};
    EXPECT_EQ(make_carrier(given)->to_request(order).body.find("regional"), std::string::npos);
}

settings asking_for_a_key() {
    auto given = samples::settings_of("infobip");
    given.press_key = true;
    given.scenarios = {{"en", "E83E787CF2613450157ADA3476171E3F"}, {"pt_br", "F00D"}};
    return given;
}

TEST(InfobipCarrier, LeavesACallToAScenarioThatAsksForAKey) {
    const auto carrier = make_carrier(asking_for_a_key());
    auto order = samples::voice_order();
    golden::expect("carriers/infobip-voice-key.request", text_of(carrier->to_request(order)));
    order.from = sender_name("ACME");
    EXPECT_EQ(carrier->to_request(order).body.find("\"from\""), std::string::npos);
    order.voice.language = "fr";
    EXPECT_EQ(carrier->refuses(order), "language_not_spoken") << "no scenario speaks it";
    EXPECT_EQ(carrier->refuses(samples::sms_order()), "");
}

// Whoever answered without pressing a key heard no PIN: a machine, as far as a plan is concerned.
TEST(InfobipCarrier, CountsAnAnsweredCallOnlyOnceAKeyWasPressed) {
    const auto call = [](settings how, const std::string& pressed) {
        const std::string report = R"({"results":[{"messageId":")" +
                                   std::string(samples::attempt_hex) + R"(",)" + pressed +
                                   R"("status":{"groupId":3,"id":5},"error":{"id":10000}}]})";
        const auto read = make_carrier(std::move(how))->read_dlrs(posted(report), channel::voice);
        return read.entries.at(0);
    };
    const auto how = asking_for_a_key();
    EXPECT_EQ(call(how, R"("dtmfCodes":"1",)").call, call_status::processed);
    EXPECT_EQ(call(how, R"("voiceCall":{"dtmfCodes":"1,9"},)").call, call_status::processed);
    for (const char* none : {"", R"("dtmfCodes":"",)", R"("voiceCall":{"dtmfCodes":null},)"}) {
        EXPECT_EQ(call(how, none).call, call_status::answered_machine) << none;
        EXPECT_EQ(call(how, none).status, dlr_status::undeliv) << none;
    }
    EXPECT_EQ(call(samples::settings_of("infobip"), "").call, call_status::processed)
        << "nobody was asked for a key";
    EXPECT_EQ(call(how, R"("dtmfCodes":"1",)").raw.find("dtmf"), std::string::npos);
}

// What keeps a PIN from voicemail: Infobip itself hangs up, and says so.
TEST(InfobipCarrier, HasAMachineHungUpOnUnlessToldOtherwise) {
    const auto body = carrier_of("infobip")->to_request(samples::voice_order()).body;
    EXPECT_NE(body.find(R"("machineDetection":"hangup")"), std::string::npos) << body;
    for (const int code : {5001, 10002}) {
        const std::string report =
            R"({"results":[{"messageId":"m","status":{"id":5},"error":{"id":)" +
            std::to_string(code) + "}}]}";
        const auto read = carrier_of("infobip")->read_dlrs(posted(report), channel::voice);
        EXPECT_EQ(read.entries.at(0).call, call_status::answered_machine);
        EXPECT_EQ(read.entries.at(0).status, dlr_status::undeliv);
    }
}

TEST(InfobipCarrier, CannotBeAskedButRepeated) {
    EXPECT_FALSE(carrier_of("infobip")->to_inquiry(samples::inquiry_of(channel::sms)));
}

TEST(InfobipCarrier, LeavesAnAlphanumericCallerIdToTheAccount) {
    auto order = samples::voice_order();
    order.from = sender_name("ACME");
    auto given = samples::settings_of("infobip");
    given.machine_detection = false;
    const auto request = make_carrier(std::move(given))->to_request(order);
    EXPECT_EQ(request.body.find("\"from\""), std::string::npos);
    EXPECT_EQ(request.body.find("machineDetection"), std::string::npos);
}

TEST(InfobipCarrier, RoundsTheValidityDownButNeverBelowOneMinute) {
    const auto carrier = carrier_of("infobip");
    const auto minutes = [&](int seconds) {
        auto order = samples::sms_order();
        order.validity = std::chrono::seconds(seconds);
        const auto body = carrier->to_request(order).body;
        const auto at = body.find("\"validityPeriod\":") + 17;
        return std::stoi(body.substr(at));
    };
    EXPECT_EQ(minutes(0), 1);
    EXPECT_EQ(minutes(59), 1);
    EXPECT_EQ(minutes(119), 1);
    EXPECT_EQ(minutes(120), 2);
    EXPECT_EQ(minutes(1'000'000), 2880);
}

TEST(InfobipCarrier, KeepsThePathOfItsBaseUrl) {
    auto given = samples::settings_of("infobip");
    given.base_url = "http://127.0.0.1:8080/sim/infobip";
    const auto request = make_carrier(std::move(given))->to_request(samples::sms_order());
    EXPECT_EQ(request.target, "/sim/infobip/sms/2/text/advanced");
}

TEST(InfobipCarrier, ClassesHttpStatuses) {
    const std::string refusal =
        R"({"requestError":{"serviceException":{"messageId":"UNAUTHORIZED",)"
        R"("text":"Invalid 483920"}}})";
    std::string made;
    const auto carrier = carrier_of("infobip");
    for (const unsigned status :
         {301u,
          302u,
          303u,
          307u,
          400u,
          401u,
          403u,
          404u,
          408u,
          409u,
          413u,
          429u,
          500u,
          502u,
          503u}) {
        http_response response{status, {{"Retry-After", "7"}}, refusal};
        made += std::to_string(status) + " sms " +
                text_of(carrier->read_answer(response, channel::sms)) + "\n";
        made += std::to_string(status) + " voice " +
                text_of(carrier->read_answer(response, channel::voice)) + "\n";
    }
    golden::expect("carriers/infobip-http.answers", made);
}

TEST(InfobipCarrier, IsInDoubtAboutAnAnswerThatCannotBeRead) {
    const auto carrier = carrier_of("infobip");
    for (const char* body :
         {"",
          "OK",
          "[]",
          "{}",
          R"({"messages":[]})",
          R"({"messages":[{}]})",
          R"({"messages":{"0":{}}})",
          R"({"messages":[{"status":{}}]})",
          R"({"messages":[{"status":{"id":1.5}}]})",
          R"({"messages":[{"status":{"id":-5}}]})"}) {
        const auto said = carrier->read_answer({200, {}, body}, channel::sms);
        EXPECT_EQ(said.verdict, verdict::in_doubt) << body;
        EXPECT_EQ(said.error, "UNREADABLE_ANSWER(200)") << body;
    }
}

TEST(InfobipCarrier, TakesADuplicateCallAsTakenOnce) {
    const auto said = carrier_of("infobip")->read_answer(answered(5, 23, "N"), channel::voice);
    EXPECT_EQ(said.verdict, verdict::sent);
    EXPECT_TRUE(said.duplicate);
    EXPECT_EQ(said.call, call_status::pending_accepted);
}

TEST(InfobipCarrier, TellsWhyACallWasRefused) {
    const auto said = carrier_of("infobip")->read_answer(answered(5, 12, "N"), channel::voice);
    EXPECT_EQ(
        text_of(said),
        "not_sent_next call=ERROR_NOT_ENOUGH_CREDITS error=REJECTED_NOT_ENOUGH_CREDITS(12)"
    );
}

TEST(InfobipCarrier, ReadsTheDocumentedReports) {
    const auto carrier = carrier_of("infobip");
    const auto sms = posted(golden::read("carriers/infobip-dlr-sms.json"));
    golden::expect(
        "carriers/infobip-dlr-sms.entries", text_of(carrier->read_dlrs(sms, channel::sms))
    );
    const auto voice = posted(golden::read("carriers/infobip-dlr-voice.json"));
    golden::expect(
        "carriers/infobip-dlr-voice.entries", text_of(carrier->read_dlrs(voice, channel::voice))
    );
}

TEST(InfobipCarrier, DropsWhatQuotesTheMessageFromAReport) {
    const auto carrier = carrier_of("infobip");
    for (const char* file : {"carriers/infobip-dlr-sms.json", "carriers/infobip-dlr-voice.json"}) {
        const std::string body = golden::read(file);
        ASSERT_NE(body.find("483920"), std::string::npos);
        for (const auto& entry : carrier->read_dlrs(posted(body), channel::voice).entries)
            EXPECT_EQ(entry.raw.find("483920"), std::string::npos) << entry.raw;
    }
}

TEST(InfobipCarrier, ABadEntryCostsOnlyItself) {
    const std::string body = R"({"results":[7,{"messageId":")" + std::string(samples::attempt_hex) +
                             R"(","status":{"groupId":3,"id":5}},{"hello":"world"},null]})";
    const auto reading = carrier_of("infobip")->read_dlrs(posted(body), channel::sms);
    ASSERT_EQ(reading.entries.size(), 1u);
    EXPECT_EQ(reading.entries[0].status, dlr_status::delivrd);
    EXPECT_EQ(reading.unreadable.size(), 3u);
}

TEST(InfobipCarrier, KeepsAWholeBodyThatIsNoReport) {
    for (const char* body : {"", "no", "[]", "{}", R"({"results":{}})", "<results/>"}) {
        const auto reading = carrier_of("infobip")->read_dlrs(posted(body), channel::sms);
        EXPECT_TRUE(reading.entries.empty());
        ASSERT_EQ(reading.unreadable.size(), 1u);
        EXPECT_EQ(reading.unreadable[0], body);
    }
}

TEST(InfobipCarrier, TakesAHundredReportsAtOnce) {
    std::string body = R"({"results":[)";
    for (int i = 0; i < 100; ++i)
        body += std::string(i ? "," : "") + R"({"messageId":"m)" + std::to_string(i) +
                R"(","status":{"groupId":3,"id":5}})";
    const auto reading = carrier_of("infobip")->read_dlrs(posted(body + "]}"), channel::sms);
    ASSERT_EQ(reading.entries.size(), 100u);
    EXPECT_EQ(reading.entries[99].carrier_message_id, "m99");
    EXPECT_FALSE(reading.entries[99].reference);
}

TEST(InfobipCarrier, AnswersReportsWithAnEmpty200) {
    const auto said = carrier_of("infobip")->acknowledgement();
    EXPECT_EQ(said.status, 200u);
    EXPECT_EQ(said.body, "");
}

}  // namespace
}  // namespace pinwire::carriers
