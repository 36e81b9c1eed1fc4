// Twilio's vectors are those of its own libraries' tests (token 12345). Vonage publishes none:
// vonage-signed.token was made by another language's HMAC.
#include "common/carriers/signatures.hpp"

#include <gtest/gtest.h>

#include "common/core/base64.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/hmac_sha1.hpp"
#include "tests/golden/golden.hpp"

namespace pinwire::carriers {
namespace {

using namespace std::chrono_literals;

constexpr const char* form_type = "application/x-www-form-urlencoded";
constexpr const char* form_body =
    "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309"
    "&To=%2B18005551212";
constexpr const char* form_signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
constexpr const char* plain_url = "https://mycompany.com/myapp.php?foo=1&bar=2";
constexpr const char* json_body = R"({"property": "value", "boolean": true})";
constexpr const char* body_hash =
    "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

bool holds(
    std::string_view url,
    std::string_view body,
    std::string_view signature,
    std::string_view type = form_type
) {
    const signed_post post{url, type, body};
    return twilio_signature_holds(secret("12345"), post, signature);
}

std::string signed_by_us(const std::string& text) {
    return base64_encode(hmac_sha1("12345", text));
}

TEST(TwilioSignature, HoldsOfAForm) {
    EXPECT_TRUE(holds(plain_url, form_body, form_signature));
    const signed_post post{plain_url, form_type, form_body};
    EXPECT_FALSE(twilio_signature_holds(secret("12346"), post, form_signature));
}

TEST(TwilioSignature, SortsParametersAndTakesARepeatedValueOnce) {
    EXPECT_TRUE(holds(
        plain_url,
        "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
        "IK+Dwps556ElfBT0I3Rgjkr1wJU="
    ));
}

TEST(TwilioSignature, HoldsOfAJsonBodyByItsHashInTheUrl) {
    const std::string url = std::string(plain_url) + "&bodySHA256=" + body_hash;
    constexpr const char* signature = "a9nBmqA0ju/hNViExpshrM61xv4=";
    EXPECT_TRUE(holds(url, json_body, signature, "application/json"));
    EXPECT_FALSE(holds(url, std::string(json_body) + " ", signature, "application/json"));
    EXPECT_FALSE(holds(plain_url, json_body, signature, "application/json"));
}

TEST(TwilioSignature, AJsonBodyThatNothingVouchesForIsRefused) {
    const auto signature = signed_by_us(plain_url);
    EXPECT_TRUE(holds(plain_url, "", signature)) << "a GET: the URL says it all";
    EXPECT_FALSE(holds(plain_url, json_body, signature, "application/json"));
    EXPECT_FALSE(holds(plain_url, json_body, signature, ""));
}

TEST(TwilioSignature, ThePortMayStandInWhatWasSigned) {
    const auto with = signed_by_us("https://example.com:443/dlr/t?a=1");
    EXPECT_TRUE(holds("https://example.com/dlr/t?a=1", "", with));
    EXPECT_TRUE(holds("https://example.com:443/dlr/t?a=1", "", with));
    EXPECT_FALSE(holds("https://example.com:8443/dlr/t?a=1", "", with));
    EXPECT_TRUE(holds("http://example.com/x", "", signed_by_us("http://example.com:80/x")));
    EXPECT_TRUE(holds("https://[2001:db8::1]/x", "", signed_by_us("https://[2001:db8::1]:443/x")));
    EXPECT_TRUE(holds("https://h:8443/x", "", signed_by_us("https://h/x")))
        << "as its own libraries";
}

TEST(TwilioSignature, RefusesEveryChange) {
    EXPECT_FALSE(holds(std::string(plain_url) + "3", form_body, form_signature));
    EXPECT_FALSE(holds(plain_url, std::string(form_body) + "3", form_signature));
    EXPECT_FALSE(holds(plain_url, std::string(form_body) + "&x=%", form_signature));
    EXPECT_FALSE(holds(plain_url, form_body, ""));
    EXPECT_FALSE(holds(plain_url, form_body, "RSOYDt4T1cUTdK1PDd93/VVr8B8"));
    EXPECT_FALSE(holds(plain_url, form_body, "SSOYDt4T1cUTdK1PDd93/VVr8B8="));
    EXPECT_FALSE(holds("", "", "x"));
}

constexpr const char* event =
    R"({"uuid":"63f61863-4a51-4f6b-86e1-46edebcf9356","status":"answered"})";
const auto issued = std::chrono::system_clock::from_time_t(1795000000);

bool vonage_holds(
    const std::string& authorization,
    std::string_view body = event,
    std::chrono::system_clock::time_point now = issued + 1s,
    const char* key = "signature secret"
) {
    return vonage_signature_holds(secret(key), authorization, body, now, 1h);
}

std::string golden_token() {
    auto token = golden::read("carriers/vonage-signed.token");
    while (!token.empty() && token.back() == '\n')
        token.pop_back();
    return token;
}

std::string token_with(const std::string& claims) {
    const auto part = [](std::string_view text) {
        return base64url_encode(
            std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())
        );
    };
    const auto text = part(R"({"alg":"HS256","typ":"JWT"})") + "." + part(claims);
    return "Bearer " + text + "." + base64url_encode(hmac_sha256("signature secret", text));
}

TEST(VonageSignature, HoldsOfTheBodyThatItHashes) {
    EXPECT_TRUE(vonage_holds("Bearer " + golden_token()));
    EXPECT_TRUE(vonage_holds("bearer " + golden_token()));
    EXPECT_FALSE(vonage_holds("Bearer " + golden_token(), std::string(event) + " "));
    EXPECT_FALSE(vonage_holds("Bearer " + golden_token(), ""));
    EXPECT_FALSE(vonage_holds("Bearer " + golden_token(), event, issued, "another secret"));
    EXPECT_FALSE(vonage_holds(golden_token()));
    EXPECT_FALSE(vonage_holds("Basic " + golden_token()));
    EXPECT_FALSE(vonage_holds(""));
}

TEST(VonageSignature, IsNoneAnyMoreWhenItIsTooOldOrFromTheFuture) {
    const auto token = "Bearer " + golden_token();
    EXPECT_TRUE(vonage_holds(token, event, issued + 1h));
    EXPECT_FALSE(vonage_holds(token, event, issued + 1h + 1s));
    EXPECT_TRUE(vonage_holds(token, event, issued - 1min)) << "clocks differ";
    EXPECT_FALSE(vonage_holds(token, event, issued - 3min));
    EXPECT_FALSE(vonage_holds(token_with(R"({"iat":1795000000,"exp":1794990000})"), ""));
    EXPECT_TRUE(vonage_holds(token_with(R"({"iat":1795000000,"exp":1795000060})"), ""));
    EXPECT_FALSE(vonage_holds(token_with(R"({"exp":1795000060})"), "")) << "nobody knows how old";
    EXPECT_FALSE(vonage_holds(token_with(R"({"iat":9223372036854775807})"), ""));
    EXPECT_FALSE(vonage_holds(token_with(R"(["iat"])"), ""));
}

std::string sig_of(const std::string& text, const char* key = "signature secret") {
    return hex_encode(hmac_sha256(key, text));
}

bool sig_holds(
    std::string_view url, std::string_view body = "", std::string_view type = form_type
) {
    const signed_post post{url, type, body};
    return vonage_sig_holds(secret("signature secret"), post, issued, 1h);
}

TEST(VonageSig, HoldsOfTheParametersWhereverTheyStand) {
    const auto sig = sig_of("&err-code=0&messageId=0A1&status=delivered&timestamp=1795000000");
    const auto fields = "status=delivered&messageId=0A1&err-code=0&timestamp=1795000000&sig=" + sig;
    EXPECT_TRUE(sig_holds("https://h/dlr/t?" + fields));
    EXPECT_TRUE(sig_holds("https://h/dlr/t", fields));
    EXPECT_TRUE(sig_holds(
        "https://h/dlr/t",
        R"({"status":"delivered","messageId":"0A1","err-code":0,"timestamp":"1795000000","sig":")" +
            sig + "\"}",
        "application/json"
    ));
    EXPECT_FALSE(sig_holds("https://h/dlr/t", fields + "&x=1"));
    EXPECT_FALSE(sig_holds("https://h/dlr/t", fields + "&status=failed")) << "which one counts?";
    EXPECT_FALSE(sig_holds("https://h/dlr/t", fields.substr(0, fields.find("&sig"))));
    EXPECT_FALSE(sig_holds("https://h/dlr/t", "sig="));
    EXPECT_FALSE(sig_holds("https://h/dlr/t", ""));
    EXPECT_FALSE(sig_holds("https://h/dlr/t", "[1]", "application/json"));
}

TEST(VonageSig, AValueCannotPassForAnotherParameter) {
    EXPECT_TRUE(sig_holds("https://h/?a=1%26b%3D2&sig=" + sig_of("&a=1_b_2")));
    EXPECT_FALSE(sig_holds("https://h/?a=1&b=2&sig=" + sig_of("&a=1_b_2")));
}

TEST(VonageSig, IsNoneAnyMoreWhenItIsTooOld) {
    const auto told = [](const std::string& at) {
        return sig_holds("https://h/?timestamp=" + at + "&sig=" + sig_of("&timestamp=" + at));
    };
    EXPECT_TRUE(told("1794996400"));
    EXPECT_FALSE(told("1794996399"));
    EXPECT_FALSE(told("1795000121"));
    EXPECT_FALSE(told("yesterday"));
}

TEST(VonageSignature, WithoutABodyThereMayBeNoHash) {
    EXPECT_TRUE(vonage_holds(token_with(R"({"iat":1795000000})"), ""));
    EXPECT_FALSE(vonage_holds(token_with(R"({"iat":1795000000})"), event));
    EXPECT_FALSE(vonage_holds(token_with(R"({"iat":1795000000,"payload_hash":""})"), event));
}

}  // namespace
}  // namespace pinwire::carriers
