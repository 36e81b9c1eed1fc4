#include "common/core/calling_code.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

TEST(CallingCode, TheLongestCodeNamesTheCountry) {
    EXPECT_EQ(country_of("34600000000").name, "ES");
    EXPECT_EQ(country_of("12125550100").code, "1");
    EXPECT_EQ(country_of("17875550100").name, "PR");
    EXPECT_EQ(country_of("79161234567").name, "RU");
    EXPECT_EQ(country_of("77011234567").name, "KZ");
    EXPECT_EQ(country_of("447700900123").name, "GB");
    EXPECT_EQ(country_of("35312345678").name, "IE");
}

TEST(CallingCode, NoCountryHasNoCode) {
    EXPECT_TRUE(country_of("9991234567").code.empty());
    EXPECT_TRUE(country_of("").code.empty());
    EXPECT_TRUE(country_of("2").code.empty());
}

TEST(CallingCode, OnlyAWholeCodeIsOne) {
    EXPECT_TRUE(is_calling_code("34"));
    EXPECT_TRUE(is_calling_code("1787"));
    EXPECT_FALSE(is_calling_code("3"));
    EXPECT_FALSE(is_calling_code("346"));
    EXPECT_FALSE(is_calling_code(""));
    EXPECT_FALSE(is_calling_code("ES"));
}

}  // namespace
}  // namespace pinwire
