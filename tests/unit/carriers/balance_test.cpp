// What a carrier says of the operator's credit, and everything that isn't such an answer.
#include "common/carriers/balance.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

TEST(Balance, CannotBeAskedOfKannel) {
    EXPECT_FALSE(carrier_of("kannel")->to_balance_request());
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
