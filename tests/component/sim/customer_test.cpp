// The customer's endpoint: reads three dialects, checks signatures, counts finals, misbehaves.
#include "sim/customer.hpp"
#include "common/core/base64.hpp"
#include "common/core/hmac.hpp"
#include "tests/component/sim/sim_fixture.hpp"

namespace pinwire::sim::test {
namespace {

using namespace std::chrono_literals;

const std::string key(32, 'k');

std::string secret_text() {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(key.data());
    return "whsec_" + base64_encode(std::span(bytes, key.size()));
}

http::request signed_post(const std::string& id, const std::string& body) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto stamp =
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
    const auto digest = hmac_sha256(std::string_view(key), id + "." + stamp + "." + body);
    http::request what("POST", "/customer/acme");
    what.fields.set("Content-Type", "application/json");
    what.fields.set("webhook-id", id);
    what.fields.set("webhook-timestamp", stamp);
    what.fields.set("webhook-signature", "v1,AAAA v1," + base64_encode(digest));
    what.body = body;
    return what;
}

class Customer : public sim_fixture {};

TEST_F(Customer, CountsFinalReportsOfEachIdInThreeDialects) {
    run([this]() -> awaitable<void> {
        co_await post(
            "/customer/acme",
            R"([{"sms_id":"a","status":"ACCEPTD"},{"sms_id":"a","status":"DELIVRD"}])"
        );
        co_await post(
            "/customer/acme",
            R"({"results":[{"messageId":"b","status":{"id":5,"name":"DELIVERED_TO_HANDSET"}},)"
            R"({"messageId":"c","status":{"id":26,"name":"PENDING_ACCEPTED"}}]})"
        );
        co_await post(
            "/customer/acme",
            R"({"type":"t","timestamp":"x","data":{"message_id":"d","dlr_status":"UNDELIV"}})"
        );
        const json a = co_await get_json("/customer/acme/finals?id=a");
        EXPECT_EQ(a.at("finals"), 1);
        EXPECT_EQ(a.at("statuses").size(), 2U);
        const json b = co_await get_json("/customer/acme/finals?id=b");
        EXPECT_EQ(b.at("finals"), 1);
        const json c = co_await get_json("/customer/acme/finals?id=c");
        EXPECT_EQ(c.at("finals"), 0);
        const json d = co_await get_json("/customer/acme/finals?id=d");
        EXPECT_EQ(d.at("statuses").at(0), "UNDELIV");
        const json summary = co_await get_json("/customer/acme");
        EXPECT_EQ(summary.at("ids"), 4);
        EXPECT_EQ(summary.at("finals"), 3);
        const auto lines = co_await log("report");
        EXPECT_EQ(lines.size(), 3U);
        EXPECT_EQ(lines.at(0).at("ids"), json::array({"a", "a"}));
        EXPECT_EQ(lines.at(2).at("dialect"), "standard");
    });
}

TEST_F(Customer, ChecksTheSignatureWhereItHasASecret) {
    given.customer_secrets["acme"] = {secret_text()};
    run([this]() -> awaitable<void> {
        const std::string body = R"([{"sms_id":"a","status":"DELIVRD"}])";
        http::request good = signed_post("w1", body);
        const auto taken = co_await call(std::move(good), 5000ms);
        EXPECT_EQ(taken.answer.status, 200U);
        http::request forged = signed_post("w2", body);
        forged.body[13] = 'b';
        const auto refused = co_await call(std::move(forged), 5000ms);
        EXPECT_EQ(refused.answer.status, 401U);
        const auto unsigned_one = co_await post("/customer/acme", body);
        EXPECT_EQ(unsigned_one.answer.status, 401U);
        const auto elsewhere = co_await post("/customer/other", body);
        EXPECT_EQ(elsewhere.answer.status, 200U);
        const json story = co_await get_json("/customer/acme/finals?id=a");
        EXPECT_EQ(story.at("finals"), 1);
        EXPECT_EQ(story.at("webhook_ids"), json::array({"w1"}));
        const auto requests = co_await get("/customer/acme/requests?max=1");
        const json first = json::parse(requests.answer.body);
        EXPECT_EQ(first.at("signature"), "ok");
        EXPECT_EQ(first.at("body"), body);
    });
}

TEST_F(Customer, OldTimestampIsABadSignature) {
    http::request what = signed_post("w1", "[]");
    const auto now = std::chrono::system_clock::now();
    EXPECT_EQ(check_webhook_signature(what.fields, "[]", {key}, now), "ok");
    EXPECT_EQ(check_webhook_signature(what.fields, "[]", {key}, now + 6min), "bad");
    EXPECT_EQ(check_webhook_signature(what.fields, "[]", {}, now), "none");
}

TEST_F(Customer, MisbehavesByRuleAndCountsOnlyWhatItTook) {
    run([this]() -> awaitable<void> {
        co_await set_rule(
            R"({"kind":"customer","instance":"acme","action":"unavailable","times":1})"
        );
        const std::string body = R"([{"sms_id":"a","status":"DELIVRD"}])";
        const auto first = co_await post("/customer/acme", body);
        EXPECT_EQ(first.answer.status, 503U);
        const auto second = co_await post("/customer/acme", body);
        EXPECT_EQ(second.answer.status, 200U);
        const json story = co_await get_json("/customer/acme/finals?id=a");
        EXPECT_EQ(story.at("finals"), 1);
        co_await set_rule(R"({"kind":"customer","action":"answer","status":410})");
        const auto third = co_await post("/customer/acme", body);
        EXPECT_EQ(third.answer.status, 410U);
        const json counters = co_await get_json("/admin/counters");
        EXPECT_EQ(counters.at("customers").at("acme").at("requests"), 3);
        EXPECT_EQ(counters.at("customers").at("acme").at("finals"), 1);
    });
}

}  // namespace
}  // namespace pinwire::sim::test
