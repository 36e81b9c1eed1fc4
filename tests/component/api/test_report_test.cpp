// What a caller may ask of a test report, and what it is told.
#include "api/test_report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/postgres/errors.hpp"
#include "tests/component/api/fakes.hpp"

namespace pinwire::api::test {
namespace {

class TestReport : public testing::Test {
protected:
    http::response ask(const std::string& body, const std::string& key = "shop-key") {
        a_call one("POST", "/pinwire/1/test-report");
        one.with("Authorization", "App " + key).json(body);
        return run(tests.serve(one));
    }
    awaitable<upkeep::probe_result> probe(
        test_report::account who, std::string url, report_format format
    ) {
        asked_.push_back({who->name.str(), std::move(url), std::string(to_string(format))});
        if (database_away_)
            throw postgres::database_error(postgres::trouble::weather, "", "database away");
        co_return result;
    }

    world w;
    upkeep::probe_result result;
    bool database_away_ = false;
    std::vector<std::vector<std::string>> asked_;
    std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
    test_report tests{
        w.gate,
        [this](test_report::account who, std::string url, report_format format) {
            return probe(std::move(who), std::move(url), format);
        },
        [this] { return now_; }};
};

TEST_F(TestReport, TellsWhatCameOfIt) {
    result.status = 500;
    result.reason = "HTTP 500";
    result.elapsed = std::chrono::milliseconds(31);
    result.answer = "oops \xff";
    result.webhook_id = "0b";
    result.signatures = 2;
    const auto answer = ask(R"({"url":"https://a.example/x","format":"infobip"})");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(
        answer.body,
        "{\"taken\":false,\"status\":500,\"ms\":31,\"reason\":\"HTTP 500\",\"answer\":\"oops "
        "\xef\xbf\xbd\",\"webhookId\":\"0b\",\"signatures\":2}"
    );
    ASSERT_EQ(asked_.size(), 1U);
    EXPECT_EQ(asked_[0], (std::vector<std::string>{"shop", "https://a.example/x", "infobip"}));
}

TEST_F(TestReport, SpeaksTheStandardDialectUnlessAnotherIsAskedFor) {
    result.reason = "URL holds a user name or password";
    const auto body = nlohmann::json::parse(ask(R"({"url":"https://u@a.example/"})").body);
    EXPECT_EQ(asked_.at(0).at(2), "standard");
    EXPECT_EQ(body["taken"], false);
    EXPECT_TRUE(body["status"].is_null());
    EXPECT_TRUE(body["webhookId"].is_null()) << "nothing was sent";
}

// An operator's header is not the caller's to know, and the endpoint may repeat what it was sent.
TEST_F(TestReport, KeepsWhatTheEndpointSaidToAnOperatorsHeader) {
    result.taken = true;
    result.status = 200;
    result.answer = "you sent X-Key: open sesame";
    result.with_header = true;
    const auto answer = ask(R"({"url":"https://a.example/"})");
    EXPECT_EQ(answer.body.find("sesame"), std::string::npos) << answer.body;
    const auto body = nlohmann::json::parse(answer.body);
    EXPECT_TRUE(body["answer"].is_null());
    EXPECT_EQ(body["taken"], true);
}

TEST_F(TestReport, IsOurTroubleWhileTheDatabaseIsAway) {
    database_away_ = true;
    const auto answer = ask(R"({"url":"https://a.example/"})");
    EXPECT_EQ(answer.status, 500U);
    EXPECT_EQ(answer.body, R"({"error":"unavailable"})");
    database_away_ = false;
    EXPECT_EQ(ask(R"({"url":"https://a.example/"})").status, 200U);
}

TEST_F(TestReport, NamesWhatCantBeRead) {
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"no json", "json"},
        {"[]", "json"},
        {"{}", "url"},
        {R"({"url":7})", "url"},
        {R"({"url":"https://a.example/","format":"xml"})", "format"},
        {R"({"url":"https://a.example/","format":1})", "format"}};
    for (const auto& [body, word] : wrong) {
        const auto answer = ask(body);
        EXPECT_EQ(answer.status, 400U) << body;
        EXPECT_EQ(nlohmann::json::parse(answer.body)["error"], word) << body;
    }
    EXPECT_TRUE(asked_.empty());
}

TEST_F(TestReport, AnAccountMayAskAFewTimesAMinute) {
    const auto* body = R"({"url":"https://a.example/"})";
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(ask(body).status, 200U);
    const auto refused = ask(body);
    EXPECT_EQ(refused.status, 429U);
    EXPECT_EQ(refused.fields.get("Retry-After"), "10");
    EXPECT_EQ(asked_.size(), 3U);
    now_ += std::chrono::seconds(10);
    EXPECT_EQ(ask(body).status, 200U);
    EXPECT_EQ(ask(body).status, 429U);
}

TEST_F(TestReport, IsForAccountsAndByPostAlone) {
    EXPECT_EQ(ask(R"({"url":"https://a.example/"})", "wrong").status, 401U);
    a_call get("GET", "/pinwire/1/test-report");
    get.with("Authorization", "App shop-key");
    const auto answer = run(tests.serve(get));
    EXPECT_EQ(answer.status, 405U);
    EXPECT_EQ(answer.fields.get("Allow"), "POST");
    w.shop->suspended = true;
    EXPECT_EQ(ask(R"({"url":"https://a.example/"})").status, 403U);
    EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace pinwire::api::test
