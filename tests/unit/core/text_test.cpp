#include "common/core/text.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

TEST(StorableText, IsWellFormedWithoutNulAndEndsWithAWholeCharacter) {
    const std::string mark = "\xEF\xBF\xBD";
    EXPECT_EQ(storable_text("", 10), "");
    EXPECT_EQ(storable_text("h\xC3\xA9", 10), "h\xC3\xA9");
    EXPECT_EQ(storable_text("h\xE9", 10), "h" + mark);
    EXPECT_EQ(storable_text(std::string_view("a\0b", 3), 10), "a" + mark + "b");
    EXPECT_EQ(storable_text("\xC3\xA9\xC3\xA9", 3), "\xC3\xA9");
    EXPECT_EQ(storable_text("\xF0\x9F\x98", 10), mark + mark + mark) << "cut by whoever sent it";
    EXPECT_EQ(storable_text(std::string(100, '\xFF'), 10), mark + mark + mark);
}

TEST(StorableText, OfEveryPairOfBytesIsUtf8) {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string text = {static_cast<char>(first), static_cast<char>(second)};
            const auto made = storable_text(text, 6);
            EXPECT_TRUE(is_utf8(made));
            EXPECT_EQ(made.find('\0'), made.npos);
            const bool kept = is_utf8(text) && text.find('\0') == text.npos;
            EXPECT_EQ(made == text, kept);
        }
    }
}

}  // namespace
}  // namespace pinwire
