#include "common/lookup/wire.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pinwire::lookup::wire {
namespace {

TEST(LookupWire, AWordForTheLogHoldsNoNumber) {
    EXPECT_EQ(code_word("EC_ABSENT_SUBSCRIBER"), "EC_ABSENT_SUBSCRIBER");
    EXPECT_EQ(code_word("no such: +34600000000!"), "nosuch#");
    EXPECT_EQ(code_word("a1234567b12345678c"), "a1234567b#c");
    EXPECT_EQ(code_word("no such: +34 600-000.000 here"), "nosuch#here");
    EXPECT_EQ(code_word("1 2 3 4 5 6 7"), "1234567");
    EXPECT_EQ(code_word(std::string(200, 'x')).size(), 64U);
    EXPECT_EQ(code_word(std::string(62, 'x') + "1234567").size(), 64U);
    EXPECT_EQ(code_word("\r\n \"{}<>"), "");
    EXPECT_EQ(code_word(""), "");
}

TEST(LookupWire, ANetworkIsFiveOrSixDigits) {
    EXPECT_EQ(mccmnc("21407"), "21407");
    EXPECT_EQ(mccmnc("310260"), "310260");
    for (const auto* bad : {"", "2140", "3102600", "2140x", "214-07"})
        EXPECT_EQ(mccmnc(bad), "") << bad;
}

TEST(LookupWire, ReadsAmountsAsMillionths) {
    const auto read = [](const char* text) { return micros(nlohmann::json::parse(text)); };
    EXPECT_EQ(read("\"0.0100\""), 10'000);
    EXPECT_EQ(read("\"12\""), 12'000'000);
    EXPECT_EQ(read("\"0.00000199\""), 1);
    EXPECT_EQ(read("0.0042"), 4'200);
    EXPECT_EQ(read("3"), 3'000'000);
    for (const auto* bad :
         {"\"\"",
          "\"-1\"",
          "-1",
          "-0.5",
          "\"1e3\"",
          "1e9",
          "1000000",
          "\"1000000\"",
          "\"1,5\"",
          "\".5\"",
          "null",
          "true",
          "[]"})
        EXPECT_FALSE(read(bad)) << bad;
    EXPECT_EQ(read("\"1.\""), 1'000'000);
}

}  // namespace
}  // namespace pinwire::lookup::wire
