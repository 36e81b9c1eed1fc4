#include "common/core/pin.hpp"

#include <gtest/gtest.h>

#include <map>

namespace pinwire {
namespace {

struct kind {
    pin_type type;
    const char* alphabet;
};

const kind kinds[] = {
    {pin_type::numeric, "0123456789"},
    {pin_type::alpha, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    {pin_type::alphanumeric, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"},
    {pin_type::hex, "0123456789ABCDEF"},
};

pin_parameters asked(pin_type type, std::uint8_t length) {
    pin_parameters parameters;
    parameters.type = type;
    parameters.length = length;
    return parameters;
}

// Each byte value 0 to 255 drawn equally often must give each character equally often: exactly, so
// that the least bias shows.
TEST(Pin, EveryCharacterIsEquallyLikely) {
    for (const auto& kind : kinds) {
        const std::size_t size = std::string_view(kind.alphabet).size();
        const std::size_t per_cycle = 256 / size * size;  // characters from one run through 0..255
        std::uint8_t next = 0;
        std::map<char, int> counts;
        for (std::size_t drawn = 0; drawn < per_cycle * 4; drawn += 4) {
            const secret pin = mint_pin(asked(kind.type, 4), [&next] { return next++; });
            for (const char c : pin.reveal())
                ++counts[c];
        }
        EXPECT_EQ(counts.size(), size);
        for (const auto& [character, count] : counts)
            EXPECT_EQ(count, static_cast<int>(per_cycle * 4 / size)) << character;
    }
}

TEST(Pin, HasTheAskedLengthAndAlphabet) {
    std::uint8_t next = 0;
    const auto bytes = [&next] { return next += 37; };
    for (const auto& kind : kinds)
        for (std::uint8_t length = 4; length <= 16; ++length) {
            const secret pin = mint_pin(asked(kind.type, length), bytes);
            EXPECT_EQ(pin.reveal().size(), length);
            EXPECT_EQ(pin.reveal().find_first_not_of(kind.alphabet), std::string_view::npos);
            EXPECT_TRUE(fits(asked(kind.type, length), pin));
        }
}

TEST(Pin, AStuckRandomSourceIsAnErrorNotAHang) {
    const auto stuck = [] { return std::uint8_t{255}; };
    EXPECT_THROW(mint_pin(asked(pin_type::numeric, 6), stuck), std::runtime_error);
}

TEST(Pin, FitsOnlyWhatWasAskedFor) {
    EXPECT_TRUE(fits(asked(pin_type::numeric, 4), secret("0000")));
    EXPECT_FALSE(fits(asked(pin_type::numeric, 4), secret("000")));
    EXPECT_FALSE(fits(asked(pin_type::numeric, 4), secret("00000")));
    EXPECT_FALSE(fits(asked(pin_type::numeric, 4), secret("000A")));
    EXPECT_FALSE(fits(asked(pin_type::alpha, 4), secret("abcd")));
    EXPECT_TRUE(fits(asked(pin_type::hex, 4), secret("09AF")));
    EXPECT_FALSE(fits(asked(pin_type::hex, 4), secret("09AG")));
}

TEST(Code, IsFourToSixteenDigitsAndCapitals) {
    for (const auto* good : {"0000", "ABCD", "A1B2C3", "ZZZZZZZZ99999999"})
        EXPECT_TRUE(is_code(good)) << good;
    for (const auto* bad :
         {"",
          "123",
          "12345678901234567",
          "abcd",
          "12 34",
          "12-34",
          "\xc3\x84"
          "BCD"})
        EXPECT_FALSE(is_code(bad)) << bad;
}

TEST(Code, HasTheNarrowestTypeThatFits) {
    EXPECT_EQ(narrowest_type("0123"), pin_type::numeric);
    EXPECT_EQ(narrowest_type("WXYZ"), pin_type::alpha);
    EXPECT_EQ(narrowest_type("AB12"), pin_type::alphanumeric);
}

}  // namespace
}  // namespace pinwire
