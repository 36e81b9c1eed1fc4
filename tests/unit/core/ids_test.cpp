#include "common/core/ids.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace pinwire {
namespace {

constexpr std::array<std::uint8_t, 10> random_bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

TEST(Ids, AreReadWithAndWithoutDashesInEitherCase) {
    const auto plain = attempt_id::parse("0123456789abcdef0123456789abcdef");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->hex(), "0123456789abcdef0123456789abcdef");
    EXPECT_EQ(attempt_id::parse("0123456789ABCDEF0123456789ABCDEF"), plain);
    EXPECT_EQ(attempt_id::parse("01234567-89ab-cdef-0123-456789abcdef"), plain);
}

TEST(Ids, RefuseEverythingElse) {
    for (const auto* text :
         {"",
          "0123456789abcdef0123456789abcde",
          "0123456789abcdef0123456789abcdef0",
          "0123456789abcdef0123456789abcdeg",
          "0123456-789ab-cdef-0123-456789abcdef",
          "01234567-89ab-cdef-0123-456789abcde",
          "01234567089ab0cdef001230456789abcdef",
          "{0123456789abcdef0123456789abcde}"})
        EXPECT_FALSE(attempt_id::parse(text)) << text;
}

TEST(Ids, MadeLaterSortLater) {
    const auto start = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000));
    constexpr std::array<std::uint8_t, 10> small{};
    const auto first = message_id::time_ordered(start, random_bytes);
    const auto second = message_id::time_ordered(start + std::chrono::milliseconds(1), small);
    EXPECT_LT(first, second);
    EXPECT_LT(first.hex(), second.hex());
    EXPECT_EQ(
        first.hex(),
        "00000019f0a0"
        "0102030405060708090a"
    );
}

TEST(Ids, NoneIsAllZero) {
    EXPECT_TRUE(report_id().none());
    EXPECT_FALSE(report_id::time_ordered({}, random_bytes).none());
}

TEST(Ids, HashByTheirRandomPart) {
    std::unordered_set<attempt_id> seen;
    std::array<std::uint8_t, 10> random = random_bytes;
    for (int i = 0; i < 100; ++i) {
        random[9] = static_cast<std::uint8_t>(i);
        seen.insert(attempt_id::time_ordered({}, random));
    }
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_TRUE(seen.contains(attempt_id::time_ordered({}, random)));
}

}  // namespace
}  // namespace pinwire
