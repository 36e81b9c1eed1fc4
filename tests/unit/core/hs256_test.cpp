// Vectors: RFC 7515 appendix A.1; the rest made by hand.
#include "common/core/hs256.hpp"

#include <gtest/gtest.h>

#include "common/core/base64.hpp"
#include "common/core/hmac.hpp"

namespace pinwire {
namespace {

std::string encoded(std::string_view text) {
    return base64url_encode(
        std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())
    );
}

std::string token_of(std::string_view header, std::string_view claims, std::string_view key) {
    const auto text = encoded(header) + "." + encoded(claims);
    return text + "." + base64url_encode(hmac_sha256(key, text));
}

constexpr std::string_view good_header = R"({"alg":"HS256"})";

TEST(Hs256, ReadsTheTokenOfTheRfc) {
    const auto key = base64url_decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    );
    ASSERT_TRUE(key);
    const auto claims = hs256_claims(
        secret(*key),
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    EXPECT_EQ(
        claims, "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
    );
}

TEST(Hs256, RefusesAnotherKeyAndAnyChange) {
    const auto token = token_of(good_header, R"({"a":1})", "key");
    EXPECT_TRUE(hs256_claims(secret("key"), token));
    EXPECT_FALSE(hs256_claims(secret("kez"), token));
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(hs256_claims(secret("key"), changed)) << i;
        EXPECT_FALSE(hs256_claims(secret("key"), token.substr(0, i))) << i;
    }
    EXPECT_FALSE(hs256_claims(secret("key"), token + "A"));
    EXPECT_FALSE(hs256_claims(secret("key"), token + ".x"));
}

TEST(Hs256, TakesNoOtherAlgorithmThanItsOwn) {
    EXPECT_FALSE(
        hs256_claims(secret("key"), encoded(R"({"alg":"none"})") + "." + encoded("{}") + ".")
    );
    for (const char* header :
         {R"({"alg":"none"})",
          R"({"alg":"RS256"})",
          R"({"alg":"hs256"})",
          R"({"alg":["HS256"]})",
          "{}",
          "[]",
          "",
          R"({"alg":"HS256","alg":"none"})"})
        EXPECT_FALSE(hs256_claims(secret("key"), token_of(header, "{}", "key"))) << header;
}

}  // namespace
}  // namespace pinwire
