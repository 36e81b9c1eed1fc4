#include "common/core/rate_limit.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using namespace std::chrono_literals;

rate_limit limit(std::int64_t most, std::chrono::milliseconds within) {
    rate_limit made;
    made.most = most;
    made.within = within;
    return made;
}

TEST(RateLimit, ReadsTheVendorsForms) {
    EXPECT_EQ(parse_rate_limit("1/3s"), limit(1, 3s));
    EXPECT_EQ(parse_rate_limit("10000/1d"), limit(10'000, 24h));
    EXPECT_EQ(parse_rate_limit("3/d"), limit(3, 24h));
    EXPECT_EQ(parse_rate_limit("5/2m"), limit(5, 2min));
    EXPECT_EQ(parse_rate_limit("7/1500ms"), limit(7, 1500ms));
}

TEST(RateLimit, RefusesEverythingElse) {
    for (const auto* text :
         {"",
          "/",
          "3",
          "3/",
          "/1d",
          "0/1d",
          "-1/1d",
          "3/0s",
          "3/-1s",
          "3/1",
          "3/1w",
          "3 /1d",
          "3/1d ",
          "+3/1d",
          "3.5/1d",
          "3/367d",
          "99999999999999999999/1d",
          "3/9223372036854775807d"})
        EXPECT_FALSE(parse_rate_limit(text)) << text;
}

TEST(RateLimit, IsWrittenInTheLargestUnitThatFits) {
    EXPECT_EQ(to_string(limit(3, 24h)), "3/1d");
    EXPECT_EQ(to_string(limit(3, 36h)), "3/36h");
    EXPECT_EQ(to_string(limit(1, 1500ms)), "1/1500ms");
}

TEST(LengthOfTime, GoesThereAndBack) {
    for (const auto* text : {"15m", "1d", "900s", "1h", "1ms", "366d"}) {
        const auto read = parse_length_of_time(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(parse_length_of_time(length_of_time_text(*read)), read);
    }
    EXPECT_EQ(length_of_time_text(900s), "15m");
    for (const auto* text : {"", "15", "m", "0m", "-1m", "15 m", "15M", "1y", "367d"})
        EXPECT_FALSE(parse_length_of_time(text)) << text;
}

}  // namespace
}  // namespace pinwire
