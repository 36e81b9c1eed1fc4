// What a carrier says of the operator's credit, and everything that isn't such an answer.
#include "common/carriers/balance.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/golden/golden.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using samples::carrier_of;

std::optional<balance> read(const char* kind, unsigned status, const std::string& body) {
    http_response response;
    response.status = status;
    response.body = body;
    return carrier_of(kind)->read_balance(response);
}

TEST(Balance, IsAskedOf360nrsByItsKeyInABody) {
    const auto request = carrier_of("360nrs")->to_balance_request();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "POST");
    EXPECT_TRUE(request->target.ends_with("/api/3.0/account/get-balance")) << request->target;
    EXPECT_TRUE(nlohmann::json::parse(request->body).contains("api_key"));
    const auto found =
        read("360nrs", 200, R"({"status":"ok","result":{"balance":"42.62","currency":"EUR"}})");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->amount, 42.62);
    EXPECT_EQ(found->currency, "EUR");
}

TEST(Balance, IsAskedOfInfobipByItsHeader) {
    const auto request = carrier_of("infobip")->to_balance_request();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "GET");
    EXPECT_TRUE(request->target.ends_with("/account/1/balance")) << request->target;
    EXPECT_TRUE(find_header(request->headers, "Authorization").starts_with("App "));
    const auto found = read("infobip", 200, R"({"balance":-7.5,"currency":"USD"})");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->amount, -7.5);
    EXPECT_EQ(found->currency, "USD");
}

// The question, and what is read of each answer.
std::string story_of(const carrier& carrier, std::initializer_list<http_response> answers) {
    std::string story = samples::text_of(*carrier.to_balance_request());
    for (const auto& one : answers) {
        const auto found = carrier.read_balance(one);
        story += std::to_string(one.status) + " " + one.body + "\n    = ";
        story += found ? nlohmann::json(found->amount).dump() : "unknown";
        story += found && !found->currency.empty() ? " " + found->currency + "\n" : "\n";
    }
    return story;
}

http_response answer_of(unsigned status, std::string body) {
    http_response made;
    made.status = status;
    made.body = std::move(body);
    return made;
}

TEST(Balance, OfTwilioIsItsAccounts) {
    auto given = samples::settings_of("twilio");
    given.username = "AC0123";
    given.key_sid = "SK0123";
    golden::expect(
        "carriers/twilio.balance",
        story_of(
            *make_carrier(given),
            {answer_of(200, R"({"currency":"USD","balance":"12.29","account_sid":"AC0123"})"),
             answer_of(200, R"({"currency":"USD","balance":"-0.05","account_sid":"AC0123"})"),
             answer_of(200, R"({"account_sid":"AC0123","balance":null,"currency":null})"),
             answer_of(401, R"({"code":20003,"message":"Authenticate","status":401})"),
             answer_of(404, R"({"code":20404,"message":"not found","status":404})")}
        )
    );
}

TEST(Balance, OfVonageIsInEurosAndNotForAnApplication) {
    auto given = samples::settings_of("vonage");
    given.inquiry_url = "https://reports.example.com";
    golden::expect(
        "carriers/vonage.balance",
        story_of(
            *make_carrier(given),
            {answer_of(200, R"({"value":10.28,"autoReload":false})"),
             answer_of(200, R"({"value":0,"autoReload":true})"),
             answer_of(200, R"({"autoReload":true})"),
             answer_of(401, R"({"error-code":"401","error-code-label":"authentication failed"})")}
        )
    );
    given.application = "app";
    EXPECT_FALSE(make_carrier(given)->to_balance_request());
}

TEST(Balance, OfJasminIsItsUsersQuota) {
    golden::expect(
        "carriers/jasmin.balance",
        story_of(
            *carrier_of("jasmin"),
            {answer_of(200, R"({"balance": 100.5, "sms_count": 999})"),
             answer_of(200, R"({"balance": "ND", "sms_count": "ND"})"),
             answer_of(403, R"("Authentication failure for username:pinwire")"),
             answer_of(400, R"("Mandatory argument [username] is not found.")"),
             answer_of(500, R"("Unknown error: x")")}
        )
    );
}

TEST(Balance, CannotBeAskedOfKannelNorOfADescribedOne) {
    EXPECT_FALSE(carrier_of("kannel")->to_balance_request());
    EXPECT_FALSE(carrier_of("http")->to_balance_request());
}

TEST(Balance, IsUnknownWhenTheAnswerIsNone) {
    for (const auto* body :
         {"",
          "<html>",
          "[]",
          "{}",
          R"({"status":"error","error_id":"UNAUTHORIZED"})",
          R"({"status":"ok","result":{"balance":"much"}})",
          R"({"status":"ok","result":{"balance":"1.5 EUR"}})",
          R"({"status":"ok","result":{"balance":null}})",
          R"({"balance":"nan"})",
          R"({"balance":true})"}) {
        EXPECT_FALSE(read("360nrs", 200, body)) << body;
        EXPECT_FALSE(read("infobip", 200, body)) << body;
    }
    EXPECT_FALSE(read("infobip", 401, R"({"balance":1,"currency":"EUR"})"));
    EXPECT_FALSE(read("360nrs", 500, R"({"status":"ok","result":{"balance":"1","currency":"EUR"}})")
    );
}

}  // namespace
}  // namespace pinwire::carriers
