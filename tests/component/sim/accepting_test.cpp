// The well-behaved side: each protocol takes a message, logs it before it answers, posts its
// report, and shows the text in the inbox.
#include "tests/component/sim/sim_fixture.hpp"

namespace pinwire::sim::test {
namespace {

using namespace std::chrono_literals;

class Carrier : public sim_fixture {};

TEST_F(Carrier, InfobipTakesAMessageAndPostsItsReport) {
    run([this]() -> awaitable<void> {
        const auto sent = co_await send("34600000000", "aabbccdd");
        EXPECT_EQ(sent.answer.status, 200U);
        const json answer = json::parse(sent.answer.body);
        const json& message = answer.at("messages").at(0);
        EXPECT_EQ(message.at("messageId"), "aabbccdd");
        EXPECT_EQ(message.at("destination"), "34600000000");
        EXPECT_EQ(message.at("status").at("id"), 26);
        co_await callbacks_reach(1);
        EXPECT_EQ(callbacks.at(0).method, "POST");
        EXPECT_EQ(callbacks.at(0).target, "/dlr/aabbccdd");
        const json report = json::parse(callbacks.at(0).body).at("results").at(0);
        EXPECT_EQ(report.at("messageId"), "aabbccdd");
        EXPECT_EQ(report.at("to"), "34600000000");
        EXPECT_EQ(report.at("status").at("id"), 5);
        EXPECT_EQ(report.at("error").at("id"), 0);
        const auto done = report.at("doneAt").get<std::string>();
        EXPECT_EQ(done.size(), 28U);
        EXPECT_TRUE(done.ends_with("+0000"));
    });
}

TEST_F(Carrier, LogsAcceptanceThenReportWithItsAnswer) {
    run([this]() -> awaitable<void> {
        co_await send("34600000000", "r1", "alpha");
        co_await callbacks_reach(1);
        co_await reports_drain();
        const auto accepted = co_await log("accepted");
        EXPECT_EQ(accepted.size(), 1U);
        EXPECT_EQ(accepted.at(0).at("instance"), "alpha");
        EXPECT_EQ(accepted.at(0).at("kind"), "infobip");
        EXPECT_EQ(accepted.at(0).at("reference"), "r1");
        EXPECT_EQ(accepted.at(0).at("text"), "123456 is your code");
        const auto dlrs = co_await log("dlr");
        EXPECT_EQ(dlrs.size(), 1U);
        EXPECT_EQ(dlrs.at(0).at("answer"), 200);
        EXPECT_EQ(dlrs.at(0).at("reference"), "r1");
        EXPECT_LT(accepted.at(0).at("seq"), dlrs.at(0).at("seq"));
        EXPECT_LE(accepted.at(0).at("at_us"), dlrs.at(0).at("at_us"));
        const json by_number = co_await get_json("/admin/acceptances?number=34600000000");
        EXPECT_EQ(by_number.size(), 1U);
        const json by_reference = co_await get_json("/admin/acceptances?reference=r1");
        EXPECT_EQ(by_reference, by_number);
        const json none = co_await get_json("/admin/acceptances?reference=r2");
        EXPECT_TRUE(none.empty());
    });
}

TEST_F(Carrier, InfobipKnowsARepeatedReferenceAndDoesNotTakeItAgain) {
    run([this]() -> awaitable<void> {
        co_await send("34600000000", "same");
        const auto again = co_await send("34600000000", "same");
        const json message = json::parse(again.answer.body).at("messages").at(0);
        EXPECT_EQ(message.at("status").at("id"), 23);
        EXPECT_EQ(message.at("status").at("name"), "REJECTED_DUPLICATE_MESSAGE_ID");
        const auto elsewhere = co_await send("34600000000", "same", "beta");
        const json other = json::parse(elsewhere.answer.body).at("messages").at(0);
        EXPECT_EQ(other.at("status").at("id"), 26);
        co_await callbacks_reach(2);
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 2U);
        const json counters = co_await get_json("/admin/counters");
        const json& sends = counters.at("sends").at("infobip/infobip");
        EXPECT_EQ(sends.at("requests"), 2);
        EXPECT_EQ(sends.at("accepted"), 1);
        EXPECT_EQ(sends.at("duplicate"), 1);
    });
}

TEST_F(Carrier, InfobipV2AndVoiceAreSpokenToo) {
    run([this]() -> awaitable<void> {
        http::request sms("POST", "/infobip/sms/2/text/advanced");
        sms.fields.set("Content-Type", "application/json");
        sms.fields.set("Authorization", "App sim-key");
        json message = {
            {"from", "ACME"},
            {"destinations", json::array({{{"to", "34600000000"}, {"messageId", "v2"}}})},
            {"text", "code 1"},
            {"validityPeriod", 5},
            {"notifyUrl", callback_url("/dlr/v2")}};
        sms.body = json{{"messages", json::array({message})}}.dump();
        http::request voice = sms;
        voice.target = "/infobip/tts/3/advanced";
        message["from"] = "34911";
        message["destinations"][0] = {{"to", "34600000202"}, {"messageId", "call"}};
        message["notifyUrl"] = callback_url("/dlr/call");
        voice.body = json{{"messages", json::array({message})}}.dump();
        const auto sent = co_await call(std::move(sms), 5000ms);
        const json answer = json::parse(sent.answer.body).at("messages").at(0);
        EXPECT_EQ(answer.at("to"), "34600000000");
        const auto called = co_await call(std::move(voice), 5000ms);
        EXPECT_EQ(called.answer.status, 200U) << called.answer.body;
        co_await callbacks_reach(2);
        const json report = json::parse(callbacks.at(1).body).at("results").at(0);
        EXPECT_EQ(report.at("messageId"), "call");
        EXPECT_EQ(report.at("error").at("id"), 5002);
        EXPECT_TRUE(report.contains("voiceCall"));
        const auto accepted = co_await log("accepted");
        EXPECT_EQ(accepted.at(1).at("channel"), "voice");
    });
}

TEST_F(Carrier, Nrs360AnswersEachMessageAndReportsByArray) {
    run([this]() -> awaitable<void> {
        const json good = {
            {"from", "ACME"}, {"to", "34600000001"}, {"text", "code"}, {"custom", "ref1"}};
        const json bad = {{"from", "ACME"}, {"to", "nobody"}, {"text", "code"}, {"custom", "r"}};
        json body = {
            {"api_key", "sim-key"},
            {"report_url", callback_url("/dlr/n")},
            {"messages", json::array({good, bad})}};
        const auto sent = co_await post("/360nrs/api/3.0/sms/send", body.dump());
        const json answer = json::parse(sent.answer.body);
        EXPECT_EQ(answer.at("status"), "ok");
        EXPECT_EQ(answer.at("result").at(0).at("status"), "ok");
        EXPECT_EQ(answer.at("result").at(1).at("status"), "error");
        EXPECT_EQ(answer.at("result").at(1).at("error_id"), "INVALID_NUMBER");
        co_await callbacks_reach(1);
        const json report = json::parse(callbacks.at(0).body).at(0);
        EXPECT_EQ(report.at("sms_id"), answer.at("result").at(0).at("sms_id"));
        EXPECT_EQ(report.at("custom"), "ref1");
        EXPECT_EQ(report.at("status"), "UNDELIV");
        body["api_key"] = "wrong";
        const auto refused = co_await post("/360nrs/api/3.0/sms/send", body.dump());
        EXPECT_EQ(refused.answer.status, 401U);
    });
}

TEST_F(Carrier, WrongKeysAndBrokenRequestsAreRefusedAndCounted) {
    run([this]() -> awaitable<void> {
        http::request wrong = infobip_request("34600000000", "r", "infobip");
        wrong.fields.set("Authorization", "App other");
        const auto refused = co_await call(std::move(wrong), 5000ms);
        EXPECT_EQ(refused.answer.status, 401U);
        http::request broken = infobip_request("34600000000", "r", "infobip");
        broken.body.pop_back();
        const auto unread = co_await call(std::move(broken), 5000ms);
        EXPECT_EQ(unread.answer.status, 400U);
        const auto nowhere = co_await get("/nobody");
        EXPECT_EQ(nowhere.answer.status, 404U);
        const json counters = co_await get_json("/admin/counters");
        const json& sends = counters.at("sends").at("infobip/infobip");
        EXPECT_EQ(sends.at("unauthorized"), 1);
        EXPECT_EQ(sends.at("malformed"), 1);
        EXPECT_FALSE(sends.contains("accepted"));
    });
}

TEST_F(Carrier, InboxShowsTheLastTextOfANumber) {
    run([this]() -> awaitable<void> {
        co_await send("34600000000", "one");
        co_await send("34600000000", "two");
        const json inbox = co_await get_json("/inbox/+34600000000");
        EXPECT_EQ(inbox.at("count"), 2);
        EXPECT_EQ(inbox.at("last").at("reference"), "two");
        EXPECT_EQ(inbox.at("messages").at(0).at("reference"), "one");
        EXPECT_EQ(inbox.at("last").at("text"), "123456 is your code");
        const json empty = co_await get_json("/inbox/34600009999");
        EXPECT_EQ(empty.at("count"), 0);
        EXPECT_TRUE(empty.at("last").is_null());
    });
}

TEST_F(Carrier, LogIsBoundedAndSaysWhatItDropped) {
    given.log_max = 3;
    given.dlr_delay = 3600s;
    run([this]() -> awaitable<void> {
        for (int n = 0; n < 5; ++n)
            co_await send("34600000000", "r" + std::to_string(n));
        const auto accepted = co_await log("accepted");
        EXPECT_EQ(accepted.size(), 3U);
        EXPECT_EQ(accepted.at(0).at("seq"), 3);
        const json counters = co_await get_json("/admin/counters");
        EXPECT_EQ(counters.at("log").at("dropped"), 2);
        EXPECT_EQ(counters.at("sends").at("infobip/infobip").at("accepted"), 5);
        const json found = co_await get_json("/admin/acceptances?number=34600000000");
        EXPECT_EQ(found.size(), 3U);
        const json gone = co_await get_json("/admin/acceptances?reference=r0");
        EXPECT_TRUE(gone.empty());
    });
}

}  // namespace
}  // namespace pinwire::sim::test
