#include "common/carriers/dates.hpp"

#include <gtest/gtest.h>

#include "common/core/time_format.hpp"

namespace pinwire::carriers {
namespace {

std::string text_of(std::optional<std::chrono::system_clock::time_point> at) {
    return at ? format_rfc3339(*at).substr(0, 19) : "none";
}

TEST(CarrierDates, ReadsRfc2822) {
    const auto read = [](const char* text) { return text_of(parse_rfc2822(text)); };
    EXPECT_EQ(read("Wed, 19 Aug 2026 10:00:03 +0000"), "2026-08-19T10:00:03");
    EXPECT_EQ(read("19 Aug 2026 10:00:03 +0200"), "2026-08-19T08:00:03");
    EXPECT_EQ(read("Sun, 1 Feb 2026 00:00:00 GMT"), "2026-02-01T00:00:00");
    for (const char* text :
         {"",
          "Wed,",
          "Wed, 19 Aug 2026",
          "Wed, 19 Aug 2026 10:00:03",
          "Wed, 19 Aou 2026 1:0:3 +0000",
          "Wed, 31 Feb 2026 10:00:03 +0000",
          "Wed, 019 Aug 2026 10:00:03 +0000",
          "Wed, 19 Aug 26 10:00:03 +0000",
          "Wed, 19 Aug 2026 10:00:03 PST"})
        EXPECT_EQ(read(text), "none") << text;
}

TEST(CarrierDates, ReadsDigits) {
    const auto read = [](const char* text) { return text_of(parse_digits(text)); };
    EXPECT_EQ(read("2608191000"), "2026-08-19T10:00:00");
    EXPECT_EQ(read("260819100059"), "2026-08-19T10:00:59");
    EXPECT_EQ(text_of(parse_digits("2608191000", std::chrono::hours(2))), "2026-08-19T08:00:00");
    for (const char* text : {"", "26081910", "26081910000", "2613191000", "26o8191000"})
        EXPECT_EQ(read(text), "none") << text;
}

}  // namespace
}  // namespace pinwire::carriers
