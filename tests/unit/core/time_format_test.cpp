#include "common/core/time_format.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

TEST(TimeFormat, WritesMicrosecondsInUtc) {
    EXPECT_EQ(format_rfc3339(system_clock::time_point()), "1970-01-01T00:00:00.000000Z");
    const system_clock::time_point at(seconds(1'780'315'200) + microseconds(42));
    EXPECT_EQ(format_rfc3339(at), "2026-06-01T12:00:00.000042Z");
    EXPECT_EQ(format_plain(at), "2026-06-01 12:00:00");
    EXPECT_EQ(format_plain(at, seconds(2 * 3600)), "2026-06-01 14:00:00");
}

TEST(TimeFormat, ReadsAnyRfc3339Spelling) {
    const auto noon = *parse_rfc3339("2026-06-01T12:00:00Z");
    for (const auto* text :
         {"2026-06-01T12:00:00.000Z",
          "2026-06-01t12:00:00z",
          "2026-06-01 12:00:00Z",
          "2026-06-01T12:00:00+00:00",
          "2026-06-01T14:00:00+02:00",
          "2026-06-01T06:30:00-05:30",
          "2026-06-01T11:59:60Z"})
        EXPECT_EQ(parse_rfc3339(text), noon) << text;
    EXPECT_EQ(parse_rfc3339("2026-06-01T12:00:00.5Z"), noon + microseconds(500'000));
    EXPECT_EQ(
        parse_rfc3339("2026-06-01T12:00:00.123456789Z"),
        noon + std::chrono::nanoseconds(123'456'789)
    );
}

TEST(TimeFormat, RefusesWhatIsNoTime) {
    for (const auto* text :
         {"",
          "2026-06-01",
          "2026-06-01T12:00:00",
          "2026-06-01T12:00Z",
          "2026-6-1T12:00:00Z",
          "2026-02-29T12:00:00Z",
          "2026-13-01T12:00:00Z",
          "2026-00-01T12:00:00Z",
          "2026-06-01T24:00:00Z",
          "2026-06-01T12:60:00Z",
          "2026-06-01T12:00:61Z",
          "2026-06-01T12:00:00.Z",
          "2026-06-01T12:00:00.1234567890Z",
          "2026-06-01T12:00:00+0200",
          "2026-06-01T12:00:00+24:00",
          "2026-06-01T12:00:00Zx",
          "+026-06-01T12:00:00Z",
          "1969-12-31T23:59:59Z",
          "9999-12-31T23:59:59Z"})
        EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(TimeFormat, PlainTimesReadBack) {
    const auto at = *parse_rfc3339("2026-06-01T12:00:00Z");
    EXPECT_EQ(parse_plain("2026-06-01 12:00:00"), at);
    EXPECT_EQ(parse_plain("2026-06-01 14:00:00", seconds(7200)), at);
    for (const auto* text : {"", "2026-06-01T12:00:00", "2026-06-01 12:00", "2026-06-01 12:00:00Z"})
        EXPECT_FALSE(parse_plain(text)) << text;
    EXPECT_FALSE(parse_plain("1970-01-01 01:00:00", seconds(7200))) << "before what can be written";
    EXPECT_FALSE(parse_plain("2199-12-31 23:00:00", seconds(-7200)));
    EXPECT_FALSE(parse_rfc3339("1970-01-01T00:00:00+01:00"));
}

TEST(TimeFormat, EveryDayOfFourYearsReadsBack) {
    auto at = *parse_rfc3339("2027-01-01T23:59:59.999999Z");
    for (int day = 0; day < 1461; ++day, at += std::chrono::hours(24))
        ASSERT_EQ(parse_rfc3339(format_rfc3339(at)), at) << format_rfc3339(at);
}

}  // namespace
}  // namespace pinwire
