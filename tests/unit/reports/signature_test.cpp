#include "common/reports/signature.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pinwire::reports {
namespace {

constexpr const char* published_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* other_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

std::chrono::system_clock::time_point at(int seconds) {
    return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

TEST(WebhookSignature, AgreesWithThePublishedExample) {
    const std::vector<secret> live = {parse_webhook_secret(published_secret)};
    const auto headers =
        sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at(1614265330), R"({"test": 2432232314})", live);
    EXPECT_EQ(find_header(headers, "webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
    EXPECT_EQ(find_header(headers, "webhook-timestamp"), "1614265330");
    EXPECT_EQ(
        find_header(headers, "webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

TEST(WebhookSignature, SignsWithEachLiveSecret) {
    const std::vector<secret> both = {
        parse_webhook_secret(published_secret), parse_webhook_secret(other_secret)};
    const auto signature = [&](std::span<const secret> live) {
        const auto headers = sign("id", at(1), "body", live);
        return std::string(find_header(headers, "webhook-signature"));
    };
    const std::span<const secret> all(both);
    EXPECT_EQ(signature(all), signature(all.first(1)) + " " + signature(all.last(1)));
    EXPECT_NE(signature(all.first(1)), signature(all.last(1)));
}

TEST(WebhookSignature, CoversIdTimeAndBody) {
    const std::vector<secret> live = {parse_webhook_secret(published_secret)};
    const auto signature = [&](const char* id, int time, const char* body) {
        const auto headers = sign(id, at(time), body, live);
        return std::string(find_header(headers, "webhook-signature"));
    };
    const auto first = signature("id", 1, "body");
    EXPECT_NE(first, signature("ie", 1, "body"));
    EXPECT_NE(first, signature("id", 2, "body"));
    EXPECT_NE(first, signature("id", 1, "bodz"));
    EXPECT_EQ(first, signature("id", 1, "body"));
}

TEST(WebhookSignature, AnAccountWithoutSecretsStillNamesTheReport) {
    const auto headers = sign("id", at(1), "body", {});
    EXPECT_EQ(find_header(headers, "webhook-id"), "id");
    EXPECT_EQ(find_header(headers, "webhook-signature"), "");
}

TEST(WebhookSecret, TakesTwentyFourToSixtyFourBytesAndATrailingNewline) {
    EXPECT_EQ(parse_webhook_secret(std::string(other_secret) + "\n").reveal().size(), 24u);
    const std::string sixty_four = "whsec_" + std::string(86, 'A') + "==";
    EXPECT_EQ(parse_webhook_secret(sixty_four).reveal().size(), 64u);
}

TEST(WebhookSecret, RefusesEverythingElseWithoutQuotingIt) {
    const std::string sixty_five = "whsec_" + std::string(87, 'A') + "=";
    for (const std::string& text :
         {std::string(),
          std::string("whsec_"),
          std::string("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
          std::string("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFR=="),
          std::string("whsec_short"),
          std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!"),
          sixty_five}) {
        try {
            parse_webhook_secret(text);
            ADD_FAILURE() << "taken: " << text;
        } catch (const std::runtime_error& error) {
            const std::string said = error.what();
            EXPECT_EQ(said.find("MfKQ9r8G"), std::string::npos);
            EXPECT_NE(said.find("webhook secret"), std::string::npos);
        }
    }
}

report_id report(int n) {
    report_id::bytes_type bytes{};
    bytes[15] = static_cast<std::uint8_t>(n);
    return report_id(bytes);
}

TEST(WebhookId, OneReportHasItsOwn) {
    const std::vector<report_id> one = {report(7)};
    EXPECT_EQ(webhook_id(one), report(7).hex());
}

TEST(WebhookId, ABatchHasOneThatDependsOnItsMembersAndTheirOrderOnly) {
    const std::vector<report_id> batch = {report(1), report(2)};
    const std::vector<report_id> swapped = {report(2), report(1)};
    const std::vector<report_id> longer = {report(1), report(2), report(3)};
    EXPECT_EQ(webhook_id(batch), webhook_id(batch));
    EXPECT_NE(webhook_id(batch), webhook_id(swapped));
    EXPECT_NE(webhook_id(batch), webhook_id(longer));
    EXPECT_EQ(webhook_id(batch).size(), 32u);
    EXPECT_EQ(webhook_id(batch).find('.'), std::string::npos);
}

}  // namespace
}  // namespace pinwire::reports
