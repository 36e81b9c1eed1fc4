// What a call says, sealed into a URL: it opens for whom it was sealed and for nobody else.
#include "common/core/call_words.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cctype>

namespace pinwire {
namespace {

key_ring ring(const std::string& kid, std::uint8_t byte) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(byte);
    return key_ring::parse(key_ring::make_line(key_id(kid), bytes, true) + "\n");
}

const carrier_name acme("acme");

attempt_id attempt(char last) {
    return *attempt_id::parse(std::string(31, 'a') + last);
}

call_words words(std::string text) {
    call_words made;
    made.text = secret(std::move(text));
    made.until = std::chrono::system_clock::time_point(std::chrono::seconds(1'787'133'600));
    return made;
}

class CallWords : public testing::Test {
protected:
    std::string sealed(const call_words& what) const {
        return seal_words(keys_, acme, attempt('0'), what, nonce_);
    }

    const key_ring keys_ = ring("k1", 1);
    const nonce96 nonce_{1, 2, 3};
};

TEST_F(CallWords, ComeBackAsTheyWere) {
    for (const char* text :
         {"<Response/>", "", "\n", "1, 2\n3", "пароль 1，2，3", "\xF0\x9F\x94\x91"}) {
        const auto opened = open_words(keys_, acme, attempt('0'), sealed(words(text)));
        ASSERT_TRUE(opened) << text;
        EXPECT_EQ(opened->text.reveal(), text);
        EXPECT_EQ(opened->until, words("").until);
    }
}

TEST_F(CallWords, KeepAMomentBeforeTheEpochOfTheClock) {
    auto early = words("x");
    early.until = std::chrono::system_clock::time_point(std::chrono::seconds(-1));
    const auto opened = open_words(keys_, acme, attempt('0'), sealed(early));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->until, early.until);
}

TEST_F(CallWords, OpenForTheirCarrierAndAttemptAlone) {
    const auto given = sealed(words("1, 2, 3"));
    EXPECT_FALSE(open_words(keys_, carrier_name("other"), attempt('0'), given));
    EXPECT_FALSE(open_words(keys_, acme, attempt('1'), given));
    EXPECT_FALSE(open_words(ring("k2", 2), acme, attempt('0'), given));
    EXPECT_FALSE(open_words(ring("k1", 2), acme, attempt('0'), given)) << "the id proves nothing";
}

TEST_F(CallWords, OpenOnlyWhole) {
    const auto given = sealed(words("1, 2, 3"));
    for (std::size_t i = 0; i < given.size(); ++i) {
        auto changed = given;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(open_words(keys_, acme, attempt('0'), changed)) << i;
        EXPECT_FALSE(open_words(keys_, acme, attempt('0'), given.substr(0, i))) << i;
    }
    EXPECT_FALSE(open_words(keys_, acme, attempt('0'), given + "A"));
}

// The same key seals PINs too.
TEST_F(CallWords, AreNothingElseThatWasSealed) {
    const std::string others[] = {"", "words:acme", "pin:acme"};
    for (const auto& context : others) {
        const auto other = keys_.seal(secret("1787133600\n483920"), context, nonce_);
        EXPECT_FALSE(open_words(keys_, acme, attempt('0'), other)) << context;
    }
    const auto context = "words:acme:" + attempt('0').hex();
    for (const char* text : {"483920", "\n483920", "17871336x0\n483920", "99999999999999999999\nx"})
        EXPECT_FALSE(
            open_words(keys_, acme, attempt('0'), keys_.seal(secret(text), context, nonce_))
        ) << text;
}

TEST_F(CallWords, StandInAUrlWithoutAnEscapeAndWithoutThemselves) {
    const auto url =
        words_url("https://dlr.example.com", keys_, acme, attempt('0'), words("483920"), nonce_);
    const auto start = "https://dlr.example.com/say/acme/" + keys_.dlr_token(acme, attempt('0'));
    ASSERT_TRUE(url.starts_with(start + "/")) << url;
    const auto last = url.substr(start.size() + 1);
    EXPECT_EQ(last, sealed(words("483920")));
    for (const char c : last)
        EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_')
            << last;
    EXPECT_EQ(url.find("483920"), std::string::npos);
}

// Twilio takes 4,000 characters: a text of the length that a Chinese or Russian one may have.
TEST_F(CallWords, OfALongTextTwiceFitIntoTheUrlOfAPlatform) {
    std::string chinese;
    for (int i = 0; i < 2 * 450; ++i)
        chinese += "您";
    const auto url =
        words_url("https://dlr.example.com", keys_, acme, attempt('0'), words(chinese), nonce_);
    EXPECT_LE(url.size(), 4000U);
}

}  // namespace
}  // namespace pinwire
