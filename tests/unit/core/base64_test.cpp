#include "common/core/base64.hpp"

#include <gtest/gtest.h>

#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"

namespace pinwire {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Base64, WritesTheVectorsOfTheStandard) {
    const std::pair<const char*, const char*> rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"}};
    for (const auto& [clear, coded] : rows) {
        EXPECT_EQ(base64_encode(bytes_of(clear)), coded);
        EXPECT_EQ(base64_decode(coded), clear);
        const std::string bare = std::string(coded).substr(0, std::string(coded).find('='));
        EXPECT_EQ(base64url_encode(bytes_of(clear)), bare);
        EXPECT_EQ(base64url_decode(bare), clear);
    }
    EXPECT_EQ(base64_encode(bytes_of("\xFB\xFF")), "+/8=");
    EXPECT_EQ(base64url_encode(bytes_of("\xFB\xFF")), "-_8");
}

TEST(Base64, RefusesWhatIsNotCanonical) {
    for (const auto* text :
         {"Z", "Zg", "Zg=", "Zg===", "====", "Zh==", "Zm9=", "Zm 9", "-_8=", "=Zm9", "Zg==Zg=="})
        EXPECT_FALSE(base64_decode(text)) << text;
    for (const auto* text : {"Z", "Zg==", "Zh", "+/8", "Zm9v\n"})
        EXPECT_FALSE(base64url_decode(text)) << text;
}

TEST(Hmac, FitsThePublishedVectors) {
    // RFC 4231, cases 2 and 6 (a key longer than a block).
    EXPECT_EQ(
        hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    EXPECT_EQ(
        hex_encode(hmac_sha256(
            std::string(131, '\xAA'), "Test Using Larger Than Block-Size Key - Hash Key First"
        )),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
    EXPECT_EQ(
        hex_encode(sha256("abc")),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    EXPECT_NO_THROW(hmac_sha256("", ""));
}

TEST(Hmac, ComparesWholeTexts) {
    EXPECT_TRUE(equal_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_constant_time("abc", "ab"));
    EXPECT_TRUE(equal_constant_time("", ""));
}

}  // namespace
}  // namespace pinwire
