#include "common/core/msisdn.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

TEST(Msisdn, DropsPlusZerosAndSeparators) {
    for (const auto* text :
         {"447700900123",
          "+447700900123",
          "00447700900123",
          "+44 7700 900123",
          "(+44) 7700-900.123",
          "00 (44) 7700 900-123",
          "  447700900123 "}) {
        const auto number = msisdn::parse(text);
        ASSERT_TRUE(number) << text;
        EXPECT_EQ(number->digits(), "447700900123") << text;
        EXPECT_EQ(number->with_plus(), "+447700900123");
    }
}

TEST(Msisdn, RefusesWhatIsNoE164Number) {
    for (const auto* text :
         {"",
          "+",
          "00",
          "447700",
          "4477009001234567",
          "07700900123",
          "+0044770090012",
          "++447700900123",
          "44+7700900123",
          "447700900123x",
          "447700900123\n",
          "44/7700900123",
          "44\xC2\xA0"
          "7700900123",
          "00007700900123"})
        EXPECT_FALSE(msisdn::parse(text)) << text;
    EXPECT_FALSE(msisdn::parse(std::string(70, ' ') + "447700900123"));
}

TEST(Msisdn, TakesSevenToFifteenDigits) {
    EXPECT_TRUE(msisdn::parse("2901234"));
    EXPECT_TRUE(msisdn::parse("123456789012345"));
}

TEST(Msisdn, MasksAllButTheFirstFourAndLastTwo) {
    EXPECT_EQ(msisdn::parse("447700900123")->masked(), "4477******23");
    EXPECT_EQ(msisdn::parse("2901234")->masked(), "2901*34");
    EXPECT_EQ(msisdn().masked(), "");
}

}  // namespace
}  // namespace pinwire
