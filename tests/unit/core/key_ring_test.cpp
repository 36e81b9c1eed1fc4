#include "common/core/key_ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

std::string line(const char* kid, std::uint8_t seed, bool active) {
    std::array<std::uint8_t, 32> key{};
    std::iota(key.begin(), key.end(), seed);
    return key_ring::make_line(key_id(kid), key, active);
}

std::string retired(const char* kid, std::uint8_t seed, const char* at) {
    std::string text = line(kid, seed, false);
    text.pop_back();
    return text + " retired=" + at + "\n";
}

nonce96 nonce(std::uint8_t seed) {
    nonce96 made{};
    made.fill(seed);
    return made;
}

const auto now = *parse_rfc3339("2026-06-01T12:00:00Z");
const carrier_name carrier("infobip");
const auto attempt = *attempt_id::parse("0190a8b1c2d3e4f50123456789abcdef");
const auto to = *msisdn::parse("447700900123");

TEST(KeyRing, OpensWhatItSealed) {
    const auto ring = key_ring::parse(line("k1", 1, true));
    for (const auto* pin : {"", "1234", "ABCDEFGHIJKLMNOP"}) {
        const std::string sealed = ring.seal(secret(pin), "context", nonce(7));
        EXPECT_TRUE(sealed.starts_with("v1.k1.")) << sealed;
        const auto opened = ring.unseal(sealed, "context");
        ASSERT_TRUE(opened) << pin;
        EXPECT_EQ(opened->reveal(), pin);
    }
}

TEST(KeyRing, ASealedTextOpensOnlyUnderItsContextAndUnchanged) {
    const auto ring = key_ring::parse(line("k1", 1, true));
    const std::string sealed = ring.seal(secret("847291"), "context", nonce(7));
    EXPECT_EQ(sealed.find("847291"), std::string::npos);
    EXPECT_EQ(ring.unseal(sealed, "other").error(), unseal_error::forged);
    for (std::size_t i = sealed.rfind('.') + 1; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = changed[i] == 'A' ? 'Q' : 'A';  // Q keeps the unused last bits zero
        EXPECT_FALSE(ring.unseal(changed, "context")) << i;
    }
}

TEST(KeyRing, NamesWhyATextDoesNotOpen) {
    const auto ring = key_ring::parse(line("k1", 1, true));
    const auto other = key_ring::parse(line("k2", 2, true));
    const auto namesake = key_ring::parse(line("k1", 3, true));
    const std::string sealed = ring.seal(secret("1234"), "c", nonce(1));
    EXPECT_EQ(other.unseal(sealed, "c").error(), unseal_error::unknown_key);
    EXPECT_EQ(namesake.unseal(sealed, "c").error(), unseal_error::forged);
    for (const auto* text :
         {"",
          "v1",
          "v1.",
          "v1.k1",
          "v1.k1.",
          "v1.k1.AAAA",
          "v2.k1.AAAA",
          "v1.K1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "v1.k1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="})
        EXPECT_EQ(ring.unseal(text, "c").error(), unseal_error::malformed) << text;
    EXPECT_THROW((void)other.unseal(sealed, "c").value(), std::runtime_error);
}

TEST(KeyRing, EqualTextsSealDifferentlyUnderAnotherNonce) {
    const auto ring = key_ring::parse(line("k1", 1, true));
    EXPECT_NE(ring.seal(secret("1"), "c", nonce(1)), ring.seal(secret("1"), "c", nonce(2)));
}

TEST(KeyRing, SealsWithTheActiveKeyAndOpensWithAll) {
    const auto before = key_ring::parse(line("k1", 1, true));
    const auto after = key_ring::parse(line("k1", 1, false) + line("k2", 2, true));
    const std::string old = before.seal(secret("1234"), "c", nonce(1));
    EXPECT_EQ(after.unseal(old, "c")->reveal(), "1234");
    EXPECT_TRUE(after.seal(secret("1"), "c", nonce(1)).starts_with("v1.k2."));
    EXPECT_EQ(after.active(), key_id("k2"));
    EXPECT_EQ(after.ids(), (std::vector{key_id("k1"), key_id("k2")}));
}

TEST(KeyRing, ThePinContextCannotBeConfused) {
    const auto context = key_ring::pin_context(account_name("a"), pin_id("b c"), to);
    EXPECT_NE(context, key_ring::pin_context(account_name("a b"), pin_id("c"), to));
    EXPECT_NE(context, key_ring::pin_context(account_name("a"), pin_id("b"), to));
    const auto other = *msisdn::parse("447700900124");
    EXPECT_NE(context, key_ring::pin_context(account_name("a"), pin_id("b c"), other));
}

TEST(KeyRing, ADigestNeedsTextContextAndKey) {
    const auto ring = key_ring::parse(line("k1", 1, true));
    const auto digest = ring.digest(secret("1234"), "c", "");
    EXPECT_EQ(digest.size(), 64U);
    EXPECT_EQ(digest, ring.digest(secret("1234"), "c", ""));
    EXPECT_NE(digest, ring.digest(secret("1235"), "c", ""));
    EXPECT_NE(digest, ring.digest(secret("234"), "c1", ""));
    EXPECT_NE(digest, key_ring::parse(line("k1", 2, true)).digest(secret("1234"), "c", ""));
}

TEST(KeyRing, ADigestOutlivesTheRotationOfTheKeyThatSealed) {
    const auto before = key_ring::parse(line("k1", 1, true));
    const auto after = key_ring::parse(line("k1", 1, false) + line("k2", 2, true));
    const auto sealed = before.seal(secret("1234"), "c", nonce96{});
    const auto digest = before.digest(secret("1234"), "c", sealed);
    EXPECT_EQ(digest, after.digest(secret("1234"), "c", sealed));
    const auto sealed_anew = after.seal(secret("1234"), "c", nonce96{});
    EXPECT_NE(digest, after.digest(secret("1234"), "c", sealed_anew));
}

TEST(KeyRing, ATokenIsShortLowerCaseAndVerifies) {
    for (const auto* kid : {"k", "abc123"}) {
        const auto ring = key_ring::parse(line(kid, 1, true));
        const auto token = ring.dlr_token(carrier, attempt);
        EXPECT_LE(token.size(), 70U);
        EXPECT_EQ(token.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), token.npos);
        EXPECT_TRUE(token.starts_with(attempt.hex()));
        const auto proved = ring.verify_dlr_token(carrier, token, now);
        ASSERT_TRUE(proved);
        EXPECT_EQ(*proved, attempt);
    }
}

TEST(KeyRing, ATokenOfAnotherCarrierOrWithAChangedCharacterIsRefused) {
    const auto ring = key_ring::parse(line("k1", 1, true));
    const auto token = ring.dlr_token(carrier, attempt);
    const auto stolen = ring.verify_dlr_token(carrier_name("kannel"), token, now);
    EXPECT_EQ(stolen.error(), token_error::forged);
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string changed = token;
        changed[i] = changed[i] == '0' ? '1' : '0';
        EXPECT_FALSE(ring.verify_dlr_token(carrier, changed, now)) << i;
    }
}

TEST(KeyRing, NamesWhyATokenIsRefused) {
    const auto ring = key_ring::parse(line("k1", 1, true));
    const auto token = ring.dlr_token(carrier, attempt);
    const auto error = [&ring](std::string_view text) {
        return ring.verify_dlr_token(carrier, text, now).error();
    };
    const auto other = key_ring::parse(line("k2", 1, true));
    EXPECT_EQ(error(other.dlr_token(carrier, attempt)), token_error::unknown_key);
    EXPECT_EQ(error(""), token_error::malformed);
    EXPECT_EQ(error(token.substr(1)), token_error::malformed);
    EXPECT_EQ(error(token + "00000"), token_error::malformed);
    EXPECT_EQ(error(std::string(64, 'a')), token_error::malformed);
    std::string upper = token;
    upper[0] = 'A';
    EXPECT_EQ(error(upper), token_error::malformed);
    upper = token;
    upper[32] = 'K';
    EXPECT_EQ(error(upper), token_error::malformed);
}

TEST(KeyRing, ARetiredKeyVerifiesForSevenDays) {
    const auto before = key_ring::parse(line("k1", 1, true));
    const auto token = before.dlr_token(carrier, attempt);
    const auto ring =
        key_ring::parse(retired("k1", 1, "2026-06-01T12:00:00Z") + line("k2", 2, true));
    const auto week = std::chrono::hours(7 * 24);
    EXPECT_TRUE(ring.verify_dlr_token(carrier, token, now + week));
    const auto late = ring.verify_dlr_token(carrier, token, now + week + std::chrono::seconds(1));
    EXPECT_EQ(late.error(), token_error::forged);
}

TEST(KeyRing, ReadsCommentsBlankLinesAndCarriageReturns) {
    const auto ring = key_ring::parse(
        "# the ring\n\n  " + line("k1", 1, true) + "\r\n" + line("k2", 2, false) + "# end"
    );
    EXPECT_EQ(ring.active(), key_id("k1"));
    EXPECT_EQ(ring.ids().size(), 2U);
}

TEST(KeyRing, RefusesAFileThatIsNoneAndNeverQuotesTheKey) {
    std::string short_key = "k1 AAAA active\n";
    std::string unknown_mark = line("k1", 1, true);
    unknown_mark.insert(unknown_mark.size() - 1, " sometimes");
    std::string both = line("k1", 1, true);
    both.insert(both.size() - 1, " retired=2026-01-01T00:00:00Z");
    for (const std::string& text :
         {std::string(),
          std::string("# nothing\n"),
          line("k1", 1, false),
          line("k1", 1, true) + line("k2", 2, true),
          line("k1", 1, true) + line("k1", 2, false),
          short_key,
          unknown_mark,
          both,
          retired("k1", 1, "yesterday") + line("k2", 2, true),
          "K1" + line("k1", 1, true).substr(2),
          "toolong" + line("k1", 1, true).substr(2),
          std::string("k1\n")}) {
        try {
            key_ring::parse(text);
            ADD_FAILURE() << "taken: " << text;
        } catch (const std::runtime_error& error) {
            EXPECT_EQ(std::string(error.what()).find("AQIDBAUG"), std::string::npos);
            EXPECT_TRUE(std::string(error.what()).starts_with("key ring")) << error.what();
        }
    }
}

TEST(KeyRing, MakesNoLineForABadKeyId) {
    const std::array<std::uint8_t, 32> key{};
    EXPECT_THROW(key_ring::make_line(key_id("K"), key, true), std::runtime_error);
    EXPECT_THROW(key_ring::make_line(key_id("abcdefg"), key, true), std::runtime_error);
}

// What a running system has stored and handed out must open and verify after an upgrade.
TEST(KeyRing, TheFormsAreTheSameForever) {
    const auto ring = key_ring::parse(line("k1", 1, true));
    const auto context = key_ring::pin_context(account_name("acme"), pin_id("p"), to);
    EXPECT_EQ(
        ring.seal(secret("847291"), context, nonce(9)),
        "v1.k1.CQkJCQkJCQkJCQkJ2qpouvytldrr3sjoYZxN3vxGbbKHyg"
    );
    EXPECT_EQ(
        ring.dlr_token(carrier, attempt),
        "0190a8b1c2d3e4f50123456789abcdefk16682b2a4424790904f202374a3551186"
    );
}

TEST(KeyRing, AGuessIsProvedByKeyAccountPinIdAndPin) {
    const auto ring = key_ring::parse(line("k1", 1, true) + line("k2", 2, false));
    const auto context = key_ring::guess_context(account_name("acme"), pin_id("P1"));
    const auto mac = ring.mac_of_guess(key_id("k1"), secret("123456"), context);
    ASSERT_TRUE(mac);
    EXPECT_EQ(ring.mac_of_guess(key_id("k1"), secret("123456"), context), mac);
    EXPECT_NE(ring.mac_of_guess(key_id("k1"), secret("123457"), context), mac);
    EXPECT_NE(ring.mac_of_guess(key_id("k2"), secret("123456"), context), mac);
    const auto other = key_ring::guess_context(account_name("acmeP"), pin_id("1"));
    EXPECT_NE(ring.mac_of_guess(key_id("k1"), secret("123456"), other), mac);
    EXPECT_FALSE(ring.mac_of_guess(key_id("k9"), secret("123456"), context));
}

}  // namespace
}  // namespace pinwire
