#include "common/core/deadlines.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::chrono::system_clock::time_point now(seconds(1'780'000'000));

TEST(Deadlines, AJobIsSentWithinThePinsLifeOrAnHour) {
    EXPECT_EQ(default_send_within(seconds(60)), seconds(60));
    EXPECT_EQ(default_send_within(seconds(3600)), seconds(3600));
    EXPECT_EQ(default_send_within(seconds(86400)), seconds(3600));
    EXPECT_EQ(default_send_within(seconds(0)), seconds(3600));
}

TEST(Deadlines, SendByIsTheEarlierOfRequestAndExpiry) {
    EXPECT_EQ(send_by(now, seconds(60), std::nullopt), now + seconds(60));
    EXPECT_EQ(send_by(now, seconds(60), now + seconds(90)), now + seconds(60));
    EXPECT_EQ(send_by(now, seconds(60), now + seconds(30)), now + seconds(30));
}

TEST(Deadlines, ValidityIsTheShortestOfPinRouteAndAnHour) {
    EXPECT_EQ(validity_left(now, std::nullopt, seconds(0)), seconds(3600));
    EXPECT_EQ(validity_left(now, std::nullopt, seconds(86400)), seconds(3600));
    EXPECT_EQ(validity_left(now, std::nullopt, seconds(600)), seconds(600));
    EXPECT_EQ(validity_left(now, now + seconds(300), seconds(600)), seconds(300));
    EXPECT_EQ(validity_left(now, now + seconds(86400), seconds(0)), seconds(3600));
}

TEST(Deadlines, ValidityIsRoundedDownAndNeverNegative) {
    EXPECT_EQ(validity_left(now, now + milliseconds(1999), seconds(0)), seconds(1));
    EXPECT_EQ(validity_left(now, now + milliseconds(999), seconds(0)), seconds(0));
    EXPECT_EQ(validity_left(now, now - seconds(5), seconds(0)), seconds(0));
}

}  // namespace
}  // namespace pinwire
