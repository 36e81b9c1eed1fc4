// From a caller's request through Kafka, worker, carrier and PostgreSQL to the answer, and back to
// the PIN that was read from the handset.
#include <gtest/gtest.h>

#include <regex>

#include "tests/integration/api/running_api.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* request_path = "/api/3.0/2fa/request";
constexpr const char* verify_path = "/api/3.0/2fa/verify";

class WholeWay : public testing::Test {
protected:
    json request_of(const std::string& number) {
        json body;
        body["api_key"] = "acme-key";
        body["msisdn"] = number;
        body["sender"] = "Acme";
        body["sms_text"] = "{PIN} is your code.";
        return body;
    }

    json verify(running_api& api, const std::string& number, const std::string& pin) {
        json body;
        body["api_key"] = "acme-key";
        body["msisdn"] = number;
        body["pin"] = pin;
        const auto answer = api.call("POST", verify_path, body.dump());
        EXPECT_EQ(answer.status, 200) << answer.body;
        return json::parse(answer.body).value("result", json::object());
    }

    // What the handset shows of the only message to that number.
    std::string pin_on_handset(const std::string& number) {
        std::vector<std::string> texts;
        for (const auto& one : stack.journal("accepted")) {
            if (one.value("number", "") == number) texts.push_back(one.value("text", ""));
        }
        EXPECT_EQ(texts.size(), 1U) << stack.tails();
        std::smatch found;
        if (texts.empty() || !std::regex_search(texts[0], found, std::regex("^([0-9]{6}) "))) {
            return "";
        }
        return found[1];
    }

    // Ready means that a request is answered by its dialect, and the events are read.
    void wait_until_ready(running_api& api) {
        const auto ready = [&] {
            auto probe = request_of("34600000000");
            probe["api_key"] = "wrong";
            return api.call("POST", request_path, probe.dump()).status == 401 &&
                   stack.count("select count(*) from pinwire.process where program = 'api'") > 0;
        };
        ASSERT_TRUE(eventually(ready, 30s, "the API")) << stack.tails();
    }

    // The first orders may come before the feed is positioned: they are refused then.
    http_answer order(running_api& api, const json& body, const std::string& headers = "") {
        http_answer answer;
        const auto taken = [&] {
            answer = api.call("POST", request_path, body.dump(), headers);
            return answer.status != 500;
        };
        EXPECT_TRUE(eventually(taken, 30s, "an answer that is none of trouble")) << stack.tails();
        return answer;
    }

    pinwire_stack stack;
};

TEST_F(WholeWay, ARequestIsLookedUpSentReadAndVerified) {
    stack.start();
    running_api api(stack);
    wait_until_ready(api);
    const std::string number = "34600110000";
    const auto answer = order(api, request_of(number));
    EXPECT_EQ(answer.status, 200) << answer.body << stack.tails();
    EXPECT_EQ(answer.body, R"({"status":"ok"})");
    const auto there = [&] { return stack.acceptances() == 1; };
    ASSERT_TRUE(eventually(there, 20s, "the message on the handset")) << stack.tails();
    const auto pin = pin_on_handset(number);
    ASSERT_EQ(pin.size(), 6U);
    auto wrong = verify(api, number, pin == "000000" ? "000001" : "000000");
    EXPECT_EQ(wrong["verified"], false) << wrong;
    EXPECT_EQ(wrong["tries_remaining"], 2) << wrong;
    auto right = verify(api, number, pin);
    EXPECT_EQ(right["verified"], true) << right;
    EXPECT_EQ(right["previously_verified"], false);
    EXPECT_EQ(verify(api, number, pin).value("previously_verified", false), true);
    const auto story =
        api.call("GET", "/pinwire/1/pins?msisdn=" + number, "", "Authorization: App acme-key\r\n");
    ASSERT_EQ(story.status, 200) << story.body;
    EXPECT_EQ(json::parse(story.body)["sendings"].size(), 1U);
    EXPECT_EQ(story.body.find(pin), std::string::npos);
    // and again, for two numbers more: nothing of the first is in the way
    EXPECT_EQ(order(api, request_of("34600170000")).status, 200);
    EXPECT_EQ(order(api, request_of("34600180000")).status, 200);
    EXPECT_EQ(api.stop(), 0);
}

TEST_F(WholeWay, TheSameKeySendsOnce) {
    stack.start();
    running_api api(stack);
    wait_until_ready(api);
    const auto body = request_of("34600120000");
    const std::string key = "Idempotency-Key: order-1\r\n";
    EXPECT_EQ(order(api, body, key).status, 200);
    EXPECT_EQ(order(api, body, key).status, 200);
    auto other = body;
    other["sms_text"] = "Another text: {PIN}.";
    EXPECT_EQ(order(api, other, key).status, 400);
    EXPECT_EQ(stack.count("select count(*) from pinwire.job"), 1);
    const auto there = [&] { return stack.acceptances() == 1; };
    EXPECT_TRUE(eventually(there, 20s, "one message"));
}

TEST_F(WholeWay, WithoutAWorkerTheAnswerIsBoundedAndNothingIsSentLater) {
    stack.start_callback();
    running_api api(stack, [](config::settings& edit) { edit.api.answer_within = 1500ms; });
    wait_until_ready(api);
    const auto ended = [&] {
        return stack.count("select count(*) from pinwire.job where reason = 'cancelled'") > 0;
    };
    const auto ends_cancelled = [&] {
        const auto began = std::chrono::steady_clock::now();
        const auto answer = api.call("POST", request_path, request_of("34600130000").dump());
        EXPECT_EQ(answer.status, 500) << answer.body;
        EXPECT_LT(std::chrono::steady_clock::now() - began, 8s);
        return ended();
    };
    ASSERT_TRUE(eventually(ends_cancelled, 30s, "an order that ended cancelled")) << stack.tails();
    stack.start_worker();
    stack.wait_until_ready("worker-1");
    // the worker has read them once a later one went through
    EXPECT_EQ(order(api, request_of("34600140000")).status, 200) << stack.tails();
    EXPECT_EQ(
        stack.count("select count(*) from pinwire.job where final_at is null and "
                    "msisdn = '34600130000'"),
        0
    );
    for (const auto& one : stack.journal("accepted"))
        EXPECT_NE(one.value("number", ""), "34600130000");
}

}  // namespace
}  // namespace pinwire::test
