// The Infobip dialect from an application and its template through Kafka, worker, carrier and
// PostgreSQL to the answers, and what goes beyond both dialects.

#include "tests/integration/api/served.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class InfobipWholeWay : public served {
protected:
    using served::served;

    void SetUp() override {
        json app;
        app["name"] = "shop";
        app["configuration"] = {
            {"pinAttempts", 3},
            {"verifyPinLimit", "100/1s"},
            {"sendPinPerPhoneNumberLimit", "4/1d"}};
        auto answer = caller->call("POST", "/2fa/2/applications", app);
        ASSERT_EQ(answer.status, 200) << answer;
        application = answer.body["applicationId"].get<std::string>();
        json text;
        text["pinType"] = "NUMERIC";
        text["pinLength"] = 4;
        text["messageText"] = "<{{pin}}> is your code.";
        text["senderId"] = "34911000000";  // a number, for calls
        answer = caller->call("POST", "/2fa/2/applications/" + application + "/messages", text);
        ASSERT_EQ(answer.status, 200) << answer;
        message = answer.body["messageId"].get<std::string>();
    }

    told send(
        const std::string& number,
        const std::string& path = "/2fa/2/pin",
        const json& more = json::object(),
        const std::string& retry_key = ""
    ) {
        json body;
        body["applicationId"] = application;
        body["messageId"] = message;
        body["to"] = number;
        body.update(more);
        return caller->call("POST", path, body, retry_key);
    }
    told again(const std::string& pin, const std::string& how = "resend") {
        return caller->call("POST", "/2fa/2/pin/" + pin + "/" + how);
    }
    json verify(const std::string& pin, const std::string& code) {
        return caller->call("POST", "/2fa/2/pin/" + pin + "/verify", {{"pin", code}}).body;
    }
    static std::string id_in(const told& answer) { return answer.body.value("pinId", ""); }

    std::string application;
    std::string message;
};

TEST_F(InfobipWholeWay, SendsWithAndWithoutALookupAndVerifies) {
    const std::string number = "34601110000";
    const auto looked_up = send(number, "/2fa/2/pin?ncNeeded=true");
    ASSERT_EQ(looked_up.status, 200) << looked_up << stack.tails();
    EXPECT_EQ(looked_up.body["ncStatus"], "NC_DESTINATION_REACHABLE");
    EXPECT_EQ(looked_up.body["smsStatus"], "MESSAGE_SENT");
    EXPECT_EQ(looked_up.body["to"], number);
    const auto plain = send("34601120000", "/2fa/1/pin?ncNeeded=false");
    ASSERT_EQ(plain.status, 200) << plain;
    EXPECT_FALSE(plain.body.contains("ncStatus")) << plain;
    EXPECT_EQ(plain.body["smsStatus"], "MESSAGE_SENT");
    EXPECT_EQ(stack.journal("lookup").size(), 1U);
    const auto code = pin_on_handset(stack, number);
    ASSERT_EQ(code.size(), 4U);
    const auto id = id_in(looked_up);
    auto answer = verify(id, other_than(code));
    EXPECT_EQ(answer["verified"], false);
    EXPECT_EQ(answer["attemptsRemaining"], 2);
    EXPECT_EQ(answer["pinError"], "WRONG_PIN");
    EXPECT_EQ(verify(id, other_than(code))["attemptsRemaining"], 1);
    answer = verify(id, code);
    EXPECT_EQ(answer["verified"], true) << answer;
    EXPECT_EQ(answer["attemptsRemaining"], 0);
    EXPECT_EQ(answer["msisdn"], number);
    const auto list = caller->call(
        "GET", "/2fa/2/applications/" + application + "/verifications?msisdn=" + number
    );
    ASSERT_EQ(list.body["verifications"].size(), 1U) << list;
    EXPECT_EQ(list.body["verifications"][0]["verified"], true);
    const auto delivered = [&] {
        const auto status = caller->call("GET", "/2fa/1/pin/" + id + "/status");
        return status.body.is_array() && status.body[0].value("status", "") == "MESSAGE_DELIVERED";
    };
    EXPECT_TRUE(eventually(delivered, soon, "the sending's status"));
    // out of attempts
    const auto other = id_in(plain);
    const auto right = pin_on_handset(stack, "34601120000");
    for (int i = 0; i < 3; ++i)
        verify(other, other_than(right));
    EXPECT_EQ(verify(other, right)["pinError"], "NO_MORE_PIN_ATTEMPTS");
}

TEST_F(InfobipWholeWay, WhatIsNotReachableIsWithheldAndTheSamePinIsSentAgainAndSpoken) {
    const std::string number = "34601210101";  // unknown to its network
    const auto withheld = send(number);
    ASSERT_EQ(withheld.status, 200) << withheld << stack.tails();
    EXPECT_EQ(withheld.body["ncStatus"], "NC_DESTINATION_NOT_REACHABLE");
    EXPECT_EQ(withheld.body["smsStatus"], "MESSAGE_NOT_SENT");
    EXPECT_TRUE(pins_on_handset(stack, number).empty());
    stack.rule({{"kind", "lookup"}, {"action", "reachable"}});
    const auto id = id_in(withheld);
    auto answer = again(id);
    ASSERT_EQ(answer.status, 200) << answer;
    if (answer.body["smsStatus"] != "MESSAGE_SENT") {
        // the verdict of a moment ago is still remembered
        EXPECT_EQ(answer.body["ncStatus"], "NC_DESTINATION_NOT_REACHABLE");
    }
    answer = again(id, "resend/voice");
    ASSERT_EQ(answer.status, 200) << answer << stack.tails();
    EXPECT_EQ(answer.body["callStatus"], "PENDING_ACCEPTED") << answer;
    EXPECT_EQ(id_in(answer), id);
    const auto code = pin_on_handset(stack, number);
    EXPECT_EQ(verify(id, code)["verified"], true) << code;
    const auto story = caller->call("GET", "/pinwire/1/pins/" + id);
    EXPECT_EQ(story.body["sendings"].size(), 3U) << story;
    EXPECT_TRUE(story.body.contains("verifiedAt"));
}

TEST_F(InfobipWholeWay, CallsAreAcceptedAndSayTheSamePinAgain) {
    const std::string number = "34601310000";
    auto answer = send(number, "/2fa/2/pin/voice");
    ASSERT_EQ(answer.status, 200) << answer << stack.tails();
    EXPECT_EQ(answer.body["callStatus"], "PENDING_ACCEPTED");
    const auto id = id_in(answer);
    pin_on_handset(stack, number, 1);
    EXPECT_EQ(again(id, "resend/voice").body["callStatus"], "PENDING_ACCEPTED");
    EXPECT_EQ(again(id).body["smsStatus"], "MESSAGE_SENT");
    const auto code = pin_on_handset(stack, number, 3);
    EXPECT_EQ(verify(id, code)["verified"], true) << code;
    // three of them counted against the number's limit of four
    EXPECT_EQ(again(id).status, 200);
    answer = again(id);
    EXPECT_EQ(answer.status, 429) << answer;
    EXPECT_GT(std::stoi("0" + answer.retry_after), 80000) << answer.retry_after;
    EXPECT_EQ(answer.body["requestError"]["serviceException"]["messageId"], "TOO_MANY_REQUESTS");
}

TEST_F(InfobipWholeWay, ACancelledPinIsNeitherVerifiedNorSentAgain) {
    const std::string number = "34601410000";
    const auto id = id_in(send(number));
    const auto code = pin_on_handset(stack, number);
    const auto answer = caller->call("DELETE", "/pinwire/1/pins/" + id);
    EXPECT_EQ(answer.status, 200) << answer;
    EXPECT_EQ(answer.body["cancelled"], true);
    EXPECT_EQ(verify(id, code)["verified"], false);
    EXPECT_EQ(again(id).status, 400);
    EXPECT_EQ(caller->call("DELETE", "/pinwire/1/pins/UNKNOWN").status, 404);
    EXPECT_EQ(pins_on_handset(stack, number).size(), 1U);
}

TEST_F(InfobipWholeWay, TheSameKeyIsTheSamePin) {
    const std::string number = "34601510000";
    const auto first = send(number, "/2fa/2/pin", {{"code", "x9y8"}}, "send-1");
    ASSERT_EQ(first.status, 200) << first;
    const auto second = send(number, "/2fa/2/pin", {{"code", "x9y8"}}, "send-1");
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(send(number, "/2fa/2/pin", {{"code", "x9y7"}}, "send-1").status, 400);
    EXPECT_EQ(pin_on_handset(stack, number), "X9Y8");
    EXPECT_EQ(pins_on_handset(stack, number).size(), 1U);
    EXPECT_EQ(verify(id_in(first), "X9Y8")["verified"], true);
}

TEST_F(InfobipWholeWay, ATestNumberIsSentAgainLikeAnyOther) {
    const std::string fixed = "34601610000";
    add_test_number(fixed, "2468");
    // which the API has read once it counts no more against the limit of its number
    told answer;
    const auto known = [&] {
        answer = send(fixed);
        return answer.status == 200 && verify(id_in(answer), "2468")["verified"] == true;
    };
    ASSERT_TRUE(eventually(known, soon, "the test number")) << answer << stack.tails();
    const auto id = id_in(answer);
    answer = again(id);
    EXPECT_EQ(answer.status, 200) << answer;
    EXPECT_EQ(answer.body["smsStatus"], "MESSAGE_SENT");
    answer = again(id, "resend/voice");
    EXPECT_EQ(answer.body["callStatus"], "PENDING_ACCEPTED") << answer;
    const auto sent = pins_on_handset(stack, fixed).size();
    const auto first = send(fixed, "/2fa/2/pin", json::object(), "fixed");
    EXPECT_EQ(send(fixed, "/2fa/2/pin", json::object(), "fixed").body, first.body);
    EXPECT_EQ(pins_on_handset(stack, fixed).size(), sent);
}

}  // namespace
}  // namespace pinwire::test
