// Who may post a delivery report, and what a stranger is told.
#include "callback/authenticate.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "common/core/base64.hpp"
#include "common/core/client_address.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/hmac_sha1.hpp"

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;

key_ring ring(const std::string& kid, std::uint8_t byte) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(byte);
    return key_ring::parse(key_ring::make_line(key_id(kid), bytes, true) + "\n");
}

attempt_id some_attempt() {
    return *attempt_id::parse("0123456789abcdef0123456789abcdef");
}

std::string encoded(const std::string& text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    return base64_encode(bytes);
}

ip_address address(const std::string& text) {
    return *ip_address::parse(text);
}

class Authenticate : public testing::Test {
protected:
    Authenticate() { carrier(); }

    config::carrier_settings& carrier() { return settings_.carriers[carrier_name("alpha")]; }
    std::string token() const { return keys_.dlr_token(carrier_name("alpha"), some_attempt()); }
    std::string path() const { return "/dlr/alpha/" + token(); }
    http::request request(const std::string& target) const { return http::request("POST", target); }
    authentication run(const http::request& asked) const {
        const auto now = std::chrono::system_clock::now();
        return authenticate(asked, address(client_), settings_, keys_, now);
    }
    refusal refused(const std::string& target) const { return run(request(target)).refused; }
    refusal refused_with(const std::string& name, const std::string& value) const {
        auto asked = request(path());
        asked.fields.add(name, value);
        return run(asked).refused;
    }

    config::settings settings_;
    const key_ring keys_ = ring("k1", 1);
    std::string client_ = "192.0.2.7";
};

TEST_F(Authenticate, AGoodTokenNamesItsAttempt) {
    const auto got = run(request(path()));
    EXPECT_EQ(got.refused, refusal::none);
    EXPECT_EQ(got.who.carrier, carrier_name("alpha"));
    EXPECT_EQ(got.who.attempt, some_attempt());
    EXPECT_EQ(got.who.channel, channel::sms);
}

TEST_F(Authenticate, TheQueryIsNoPartOfTheTokenAndSaysTheChannel) {
    const auto got = run(request(path() + "?status=1&channel=voice"));
    EXPECT_EQ(got.refused, refusal::none);
    EXPECT_EQ(got.who.channel, channel::voice);
    EXPECT_EQ(run(request(path() + "?status=1")).who.channel, channel::sms);
}

TEST_F(Authenticate, AForgedOrMalformedTokenIsForbidden) {
    auto changed = path();
    changed.back() = changed.back() == '0' ? '1' : '0';
    EXPECT_EQ(refused(changed), refusal::forbidden);
    EXPECT_EQ(refused("/dlr/alpha/x"), refusal::forbidden);
    EXPECT_NE(refused(path() + "0"), refusal::none);
    EXPECT_FALSE(run(request(changed)).who.attempt);
}

TEST_F(Authenticate, ATokenOfAnotherCarrierIsForbidden) {
    settings_.carriers[carrier_name("beta")];
    EXPECT_EQ(refused("/dlr/beta/" + token()), refusal::forbidden);
}

TEST_F(Authenticate, ATokenOfAKeyThatIsNotHereYetIsToldApartAndTheKeyNamed) {
    const auto later = ring("k2", 2);
    const auto path = "/dlr/alpha/" + later.dlr_token(carrier_name("alpha"), some_attempt());
    EXPECT_EQ(refused(path), refusal::unknown_key);
    EXPECT_EQ(run(request(path)).key, key_id("k2"));
}

TEST_F(Authenticate, WhatIsNoPathOfOursIsNotFound) {
    const std::string odd[] = {
        "",
        "/",
        "/dlr",
        "/dlr/",
        "/dlr//" + token(),
        "/DLR/alpha/" + token(),
        "/dlr/nobody/" + token(),
        "/dlr/alpha/" + token() + "/",
        "/dlr/alpha/" + token() + "/x",
        "/dlr/alpha//" + token(),
        "/dlr/../dlr/alpha/" + token(),
        "//dlr/alpha/" + token(),
        "http://host/dlr/alpha/" + token(),
        "?/dlr/alpha/" + token()};
    for (const auto& target : odd)
        EXPECT_EQ(refused(target), refusal::no_such_path) << target;
}

TEST_F(Authenticate, WhoAsksWhatToSayNamesTheAttemptAndItsWords) {
    const auto got = run(request("/say/alpha/" + token() + "/v1.k1.words?x=1"));
    EXPECT_EQ(got.refused, refusal::none);
    EXPECT_EQ(got.who.carrier, carrier_name("alpha"));
    EXPECT_EQ(got.who.attempt, some_attempt());
    EXPECT_EQ(got.who.words, "v1.k1.words");
    EXPECT_EQ(got.who.channel, channel::voice);
    EXPECT_TRUE(run(request(path())).who.words.empty());
}

TEST_F(Authenticate, WordsAreOnlyAskedForByToken) {
    EXPECT_EQ(refused("/say/alpha/x/v1.k1.words"), refusal::forbidden);
    EXPECT_EQ(refused("/say/nobody/" + token() + "/w"), refusal::no_such_path);
    settings_.carriers[carrier_name("beta")];
    EXPECT_EQ(refused("/say/beta/" + token() + "/w"), refusal::forbidden);
    carrier().tokenless = true;
    carrier().dlr_auth.cidrs = {*cidr::parse("192.0.2.0/24")};
    const std::string odd[] = {
        "/say",
        "/say/",
        "/say/alpha",
        "/say/alpha/",
        "/say/alpha/" + token(),
        "/say/alpha/" + token() + "/",
        "/say/alpha/" + token() + "/w/",
        "/say/alpha/" + token() + "/w/x",
        "/say/alpha//w",
        "/say//" + token() + "/w",
        "/SAY/alpha/" + token() + "/w"};
    for (const auto& target : odd)
        EXPECT_EQ(refused(target), refusal::no_such_path) << target;
    client_ = "198.51.100.1";
    EXPECT_EQ(refused("/say/alpha/" + token() + "/w"), refusal::forbidden);
}

TEST_F(Authenticate, WithoutATokenThereMustBeAnotherProof) {
    EXPECT_EQ(refused("/dlr/alpha"), refusal::no_such_path);
    EXPECT_EQ(refused("/dlr/alpha/"), refusal::no_such_path);
    carrier().tokenless = true;
    EXPECT_EQ(refused("/dlr/alpha"), refusal::no_such_path) << "no proof is configured";
    carrier().dlr_auth.cidrs = {*cidr::parse("192.0.2.0/24")};
    const auto got = run(request("/dlr/alpha?id=1"));
    EXPECT_EQ(got.refused, refusal::none);
    EXPECT_FALSE(got.who.attempt);
    client_ = "198.51.100.1";
    EXPECT_EQ(refused("/dlr/alpha"), refusal::forbidden);
}

TEST_F(Authenticate, ATokenlessCarrierMayStillBringAToken) {
    carrier().tokenless = true;
    carrier().dlr_auth.cidrs = {*cidr::parse("192.0.2.0/24")};
    EXPECT_EQ(run(request(path())).who.attempt, some_attempt());
    EXPECT_EQ(refused("/dlr/alpha/x"), refusal::forbidden);
}

TEST_F(Authenticate, BasicMustHoldWhereItIsConfigured) {
    carrier().dlr_auth.basic_user = "user";
    carrier().dlr_auth.basic_password.value = secret("pass:word");
    EXPECT_EQ(refused(path()), refusal::unauthorized);
    EXPECT_EQ(refused_with("Authorization", "Basic !!"), refusal::unauthorized);
    EXPECT_EQ(refused_with("Authorization", "Basic"), refusal::unauthorized);
    const auto good = encoded("user:pass:word");
    EXPECT_EQ(refused_with("Authorization", "Basic " + good), refusal::none);
    EXPECT_EQ(refused_with("authorization", "basic " + good), refusal::none);
    EXPECT_EQ(refused_with("Authorization", "Bearer " + good), refusal::unauthorized);
    const auto wrong = encoded("user:pass:words");
    EXPECT_EQ(refused_with("Authorization", "Basic " + wrong), refusal::unauthorized);
}

TEST_F(Authenticate, ASharedHeaderMustHoldWhereItIsConfigured) {
    carrier().dlr_auth.header_name = "X-Key";
    carrier().dlr_auth.header_value.value = secret("open sesame");
    EXPECT_EQ(refused(path()), refusal::forbidden);
    EXPECT_EQ(refused_with("x-key", "open sesame"), refusal::none);
    EXPECT_EQ(refused_with("x-key", "open sesam"), refusal::forbidden);
}

TEST_F(Authenticate, AllProofsThatAreConfiguredMustHold) {
    carrier().dlr_auth.header_name = "X-Key";
    carrier().dlr_auth.header_value.value = secret("open sesame");
    carrier().dlr_auth.cidrs = {*cidr::parse("198.51.100.0/24")};
    EXPECT_EQ(refused_with("x-key", "open sesame"), refusal::forbidden);
    client_ = "198.51.100.9";
    EXPECT_EQ(refused_with("x-key", "open sesame"), refusal::none);
}

// Every combination of what may be configured, against every combination of what is brought: it
// passes exactly when nothing that is asked for is missing.
TEST_F(Authenticate, AnyCombinationHoldsWhenAllOfItDoes) {
    const auto plain = carrier().dlr_auth;
    enum proof { basic = 1, header = 2, network = 4, signature = 8, all = 16 };
    settings_.callback.public_url = "https://pins.example.com";
    for (unsigned wanted = 0; wanted < all; ++wanted) {
        auto& auth = carrier().dlr_auth = plain;
        if (wanted & basic) auth.basic_user = "user";
        auth.basic_password.value = secret("pass");
        if (wanted & header) auth.header_name = "X-Key";
        auth.header_value.value = secret("open sesame");
        if (wanted & network) auth.cidrs = {*cidr::parse("198.51.100.0/24")};
        if (wanted & signature) auth.signature = config::dlr_auth_settings::signature_kind::twilio;
        auth.signature_secret.value = secret("hush");
        for (unsigned brought = 0; brought < all; ++brought) {
            auto asked = request(path());
            if (brought & basic) asked.fields.add("Authorization", "Basic " + encoded("user:pass"));
            if (brought & header) asked.fields.add("X-Key", "open sesame");
            client_ = brought & network ? "198.51.100.9" : "192.0.2.7";
            const auto url = "https://pins.example.com" + path();
            if (brought & signature)
                asked.fields.add("X-Twilio-Signature", base64_encode(hmac_sha1("hush", url)));
            const bool good = (wanted & ~brought) == 0;
            EXPECT_EQ(run(asked).refused == refusal::none, good) << wanted << " " << brought;
            EXPECT_EQ(run(asked).who.attempt.has_value(), good) << wanted << " " << brought;
            asked.target += "0";
            EXPECT_NE(run(asked).refused, refusal::none) << "the token counts beside all of them";
        }
    }
}

TEST_F(Authenticate, ARefusalNamesNoAttemptEvenWhenTheTokenIsGood) {
    carrier().dlr_auth.cidrs = {*cidr::parse("198.51.100.0/24")};
    EXPECT_FALSE(run(request(path())).who.attempt);
}

using signature_kind = config::dlr_auth_settings::signature_kind;

class SignedPost : public Authenticate {
protected:
    SignedPost() { settings_.callback.public_url = "https://pins.example.com/in"; }

    void wants(signature_kind kind) {
        carrier().dlr_auth.signature = kind;
        carrier().dlr_auth.signature_secret.value = secret("hush");
    }
    // Over the URL that the carrier was told: the proxy in front took "/in" away.
    std::string twilio(const std::string& target, const std::string& joined) const {
        return base64_encode(hmac_sha1("hush", "https://pins.example.com/in" + target + joined));
    }
    http::request form_of(const std::string& target) const {
        auto asked = request(target);
        asked.fields.add("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
        asked.body = "b=2&a=1";
        return asked;
    }
    static std::string part(std::string_view text) {
        return base64url_encode(
            std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())
        );
    }
    static std::string vonage(const std::string& claims) {
        const auto text = part(R"({"alg":"HS256"})") + "." + part(claims);
        return "Bearer " + text + "." + base64url_encode(hmac_sha256("hush", text));
    }
    static std::string iat(std::chrono::seconds ago) {
        const auto at = std::chrono::system_clock::now() - ago;
        return std::to_string(std::chrono::system_clock::to_time_t(at));
    }
};

TEST_F(SignedPost, TwiliosSignatureMustHoldBesideTheToken) {
    wants(signature_kind::twilio);
    auto asked = form_of(path());
    EXPECT_EQ(run(asked).refused, refusal::forbidden);
    EXPECT_FALSE(run(asked).who.attempt);
    asked.fields.add("X-Twilio-Signature", twilio(path(), "a1b2"));
    EXPECT_EQ(run(asked).refused, refusal::none);
    EXPECT_EQ(run(asked).who.attempt, some_attempt());
    asked.body += "&c=3";
    EXPECT_EQ(run(asked).refused, refusal::forbidden);
}

TEST_F(SignedPost, TwiliosSignatureMustHoldOfAQuestionForWords) {
    wants(signature_kind::twilio);
    const auto target = "/say/alpha/" + token() + "/v1.k1.words";
    auto asked = form_of(target);
    EXPECT_EQ(run(asked).refused, refusal::forbidden);
    asked.fields.add("X-Twilio-Signature", twilio(path(), "a1b2"));
    EXPECT_EQ(run(asked).refused, refusal::forbidden) << "it is the report's";
    asked.fields.set("X-Twilio-Signature", twilio(target, "a1b2"));
    EXPECT_EQ(run(asked).refused, refusal::none);
    EXPECT_EQ(run(asked).who.words, "v1.k1.words");
    asked.body += "&AnsweredBy=human";
    EXPECT_EQ(run(asked).refused, refusal::forbidden);
}

TEST_F(SignedPost, TwiliosSignatureAloneIsEnoughForAFixedUrl) {
    wants(signature_kind::twilio);
    const std::string target = "/dlr/alpha?channel=voice";
    auto asked = form_of(target);
    asked.fields.add("X-Twilio-Signature", twilio(target, "a1b2"));
    EXPECT_EQ(run(asked).refused, refusal::no_such_path)
        << "the carrier may not go without a token";
    carrier().tokenless = true;
    EXPECT_EQ(run(asked).refused, refusal::none);
    EXPECT_EQ(run(asked).who.channel, channel::voice);
}

TEST_F(SignedPost, VonagesTokenMustHoldAndBeYoungEnough) {
    wants(signature_kind::vonage);
    EXPECT_EQ(refused_with("Authorization", vonage("{\"iat\":" + iat(1min) + "}")), refusal::none);
    EXPECT_EQ(
        refused_with("Authorization", vonage("{\"iat\":" + iat(25h) + "}")), refusal::forbidden
    );
    carrier().dlr_auth.signature_age = 26h;
    EXPECT_EQ(refused_with("Authorization", vonage("{\"iat\":" + iat(25h) + "}")), refusal::none);
    EXPECT_EQ(refused_with("Authorization", "Bearer x.y.z"), refusal::forbidden);
}

TEST_F(SignedPost, VonagesSigMustHoldOfTheParameters) {
    wants(signature_kind::vonage_sms);
    const auto sig = hex_encode(hmac_sha256("hush", "&messageId=1&status=delivered"));
    const auto good = path() + "?status=delivered&messageId=1&sig=" + sig;
    EXPECT_EQ(refused(good), refusal::none);
    EXPECT_EQ(refused(good + "&x=1"), refusal::forbidden);
    EXPECT_EQ(refused(path() + "?status=delivered&messageId=1"), refusal::forbidden);
}

// It posts unsigned now and then, by a fault of its own, and again after a 5xx.
TEST_F(SignedPost, AnUnsignedPostWithAGoodTokenShouldComeAgain) {
    wants(signature_kind::vonage);
    EXPECT_EQ(refused(path()), refusal::unsigned_yet);
    EXPECT_FALSE(run(request(path())).who.attempt);
    EXPECT_EQ(refused("/dlr/alpha/x"), refusal::forbidden) << "a stranger learns nothing";
    carrier().tokenless = true;
    EXPECT_EQ(refused("/dlr/alpha"), refusal::forbidden);
}

TEST_F(SignedPost, WhileASecretIsChangedTheOldAndTheNewBothHold) {
    wants(signature_kind::twilio);
    auto asked = form_of(path());
    asked.fields.add("X-Twilio-Signature", twilio(path(), "a1b2"));
    auto& file = carrier().dlr_auth.signature_secret.value;
    for (const auto* live : {"hush", "new\nhush", "hush\r\nnew", " hush \n\n"}) {
        file = secret(live);
        EXPECT_EQ(run(asked).refused, refusal::none) << live;
    }
    for (const auto* live : {"new", "hush2\nnew", "hus\nh", "hush new"}) {
        file = secret(live);
        EXPECT_EQ(run(asked).refused, refusal::forbidden) << live;
    }
}

// An empty key is one that everybody has.
TEST_F(SignedPost, AFileOfEmptyLinesIsNoSecret) {
    wants(signature_kind::twilio);
    auto asked = form_of(path());
    const auto url = "https://pins.example.com/in" + path() + "a1b2";
    asked.fields.add("X-Twilio-Signature", base64_encode(hmac_sha1("", url)));
    for (const auto* file : {"", "\n", "\n\n \n"}) {
        carrier().dlr_auth.signature_secret.value = secret(file);
        EXPECT_EQ(run(asked).refused, refusal::forbidden);
    }
}

// What the proxy in front made of the URL's beginning isn't what the carrier was told.
TEST_F(SignedPost, ThePublicUrlCountsWhateverHostAndSchemeArrive) {
    wants(signature_kind::twilio);
    auto asked = form_of(path());
    asked.fields.add("Host", "10.0.0.4:8080");
    asked.fields.add("X-Forwarded-Host", "elsewhere.example.net");
    asked.fields.add("X-Forwarded-Proto", "http");
    asked.fields.add("X-Twilio-Signature", twilio(path(), "a1b2"));
    EXPECT_EQ(run(asked).refused, refusal::none);
    auto direct = form_of(path());
    direct.fields.add("Host", "10.0.0.4:8080");
    direct.fields.add(
        "X-Twilio-Signature",
        base64_encode(hmac_sha1("hush", "http://10.0.0.4:8080" + path() + "a1b2"))
    );
    EXPECT_EQ(run(direct).refused, refusal::forbidden) << "a stranger chooses the Host header";
}

TEST_F(SignedPost, AJsonBodyCountsByItsHashInTheUrl) {
    wants(signature_kind::twilio);
    auto asked = request(path() + "?bodySHA256=" + hex_encode(sha256("{\"a\":1}")));
    asked.fields.add("Content-Type", "application/json");
    asked.body = "{\"a\":1}";
    asked.fields.add("X-Twilio-Signature", twilio(asked.target, ""));
    EXPECT_EQ(run(asked).refused, refusal::none);
    asked.body = "{\"a\":2}";
    EXPECT_EQ(run(asked).refused, refusal::forbidden);
}

TEST_F(SignedPost, ASignatureMakesNoOtherProofNeedless) {
    wants(signature_kind::vonage);
    carrier().dlr_auth.cidrs = {*cidr::parse("198.51.100.0/24")};
    const auto good = vonage("{\"iat\":" + iat(1min) + "}");
    EXPECT_EQ(refused_with("Authorization", good), refusal::forbidden);
    client_ = "198.51.100.9";
    EXPECT_EQ(refused_with("Authorization", good), refusal::none);
}

struct forwarded {
    std::string peer;
    std::string header;
    std::string client;
};

TEST(ClientAddress, IsThePeerUnlessATrustedProxySaysOtherwise) {
    const std::vector<cidr> trusted = {*cidr::parse("10.0.0.0/8"), *cidr::parse("::1")};
    const forwarded rows[] = {
        {"192.0.2.7", "", "192.0.2.7"},
        {"192.0.2.7", "203.0.113.1", "192.0.2.7"},  // nobody trusts this peer
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", "203.0.113.1", "203.0.113.1"},
        {"10.0.0.1", " 203.0.113.1 ", "203.0.113.1"},
        {"10.0.0.1", "198.51.100.1, 203.0.113.1", "203.0.113.1"},  // the rest may be invented
        {"10.0.0.1", "203.0.113.1, 10.0.0.2", "203.0.113.1"},
        {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
        {"10.0.0.1", "nonsense", "10.0.0.1"},
        {"10.0.0.1", "203.0.113.1, nonsense", "10.0.0.1"},
        {"10.0.0.1", "203.0.113.1,", "10.0.0.1"},
        {"::1", "2001:db8::7", "2001:db8::7"},
    };
    for (const auto& row : rows) {
        const auto got = client_address(address(row.peer), row.header, trusted);
        EXPECT_EQ(got.to_string(), row.client) << row.peer << " | " << row.header;
    }
}

}  // namespace
}  // namespace pinwire::callback
