#include "common/core/zone_offset.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(ZoneOffset, IsEastOfUtc) {
    EXPECT_EQ(zone_offset("+02:00"), hours(2));
    EXPECT_EQ(zone_offset("-03:30"), -(hours(3) + minutes(30)));
}

TEST(ZoneOffset, UtcHasThreeSpellings) {
    for (const char* zone : {"", "UTC", "Z"})
        EXPECT_EQ(zone_offset(zone), hours(0)) << zone;
}

TEST(ZoneOffset, KnowsNoPlaces) {
    for (const char* zone : {"Europe/Madrid", "CET", "utc", "+2", "+02:00 "})
        EXPECT_EQ(zone_offset(zone), std::nullopt) << zone;
}

}  // namespace
}  // namespace pinwire
