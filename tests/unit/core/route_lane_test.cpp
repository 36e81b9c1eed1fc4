#include "common/core/route_lane.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using namespace std::chrono_literals;
using lane = route_lane<int>;

const auto steady_start = std::chrono::steady_clock::time_point(1000h);
const auto wall_start = std::chrono::system_clock::time_point(500'000h);

moment at(std::chrono::milliseconds after) {
    return {wall_start + after, steady_start + after};
}

lane lane_of(double rate, double burst, std::size_t window) {
    return lane(pace(rate, burst, steady_start), window);
}

TEST(RouteLane, GivesNoMorePlacesThanItsWindow) {
    auto one = lane_of(1000, 100, 2);
    EXPECT_TRUE(one.try_enter(at(0ms), 1));
    EXPECT_TRUE(one.try_enter(at(0ms), 1));
    EXPECT_FALSE(one.try_enter(at(0ms), 1));
    one.leave();
    EXPECT_TRUE(one.try_enter(at(0ms), 1));
}

TEST(RouteLane, AMessageOfThreePartsTakesThreeOfTheRate) {
    auto one = lane_of(10, 6, 100);
    EXPECT_TRUE(one.try_enter(at(0ms), 3));
    EXPECT_TRUE(one.try_enter(at(0ms), 3));
    EXPECT_FALSE(one.try_enter(at(200ms), 3));
    EXPECT_TRUE(one.try_enter(at(300ms), 3));
}

TEST(RouteLane, NobodyOvertakesWhatIsDue) {
    auto one = lane_of(1000, 100, 10);
    one.hold(wall_start + 1h, 1, 7);
    EXPECT_TRUE(one.try_enter(at(0ms), 1)) << "a retry in an hour stands in nobody's way";
    one.hold(wall_start, 1, 8);
    EXPECT_FALSE(one.try_enter(at(0ms), 1));
    EXPECT_EQ(one.try_next(at(0ms)), 8);
    EXPECT_TRUE(one.try_enter(at(0ms), 1));
}

TEST(RouteLane, WhatWaitsLeavesInDueOrderAndNotBefore) {
    auto one = lane_of(1000, 100, 10);
    one.hold(wall_start + 2s, 1, 3);
    one.hold(wall_start - 1s, 1, 2);
    one.hold(wall_start - 2s, 1, 1);
    EXPECT_EQ(one.try_next(at(0ms)), 1);
    EXPECT_EQ(one.try_next(at(0ms)), 2);
    EXPECT_EQ(one.try_next(at(0ms)), std::nullopt);
    EXPECT_EQ(one.next_after(at(0ms)), 2s);
    EXPECT_EQ(one.try_next(at(2s)), 3);
}

TEST(RouteLane, SaysWhenTheNextMayLeave) {
    auto one = lane_of(10, 1, 2);
    EXPECT_EQ(one.next_after(at(0ms)), lane::duration::max()) << "nobody waits";
    for (int i = 0; i < 4; ++i)
        one.hold(wall_start, 1, i);
    EXPECT_TRUE(one.try_next(at(0ms)));
    EXPECT_FALSE(one.try_next(at(0ms)));
    EXPECT_EQ(one.next_after(at(0ms)), 100ms);
    EXPECT_TRUE(one.try_next(at(100ms)));
    EXPECT_EQ(one.next_after(at(200ms)), lane::duration::max()) << "the window is full";
    one.leave();
    EXPECT_TRUE(one.try_next(at(200ms)));
}

TEST(RouteLane, AClosedOneLetsNothingInOrOut) {
    auto one = lane_of(1000, 100, 10);
    one.hold(wall_start, 1, 1);
    one.set_closed(true);
    EXPECT_FALSE(one.try_enter(at(0ms), 1));
    EXPECT_FALSE(one.try_next(at(0ms)));
    EXPECT_EQ(one.next_after(at(0ms)), lane::duration::max());
    EXPECT_EQ(one.waiting(), 1U);
    one.set_closed(false);
    EXPECT_EQ(one.try_next(at(0ms)), 1);
}

TEST(RouteLane, WhatIsTooLateCostsNeitherAPlaceNorTheRate) {
    auto one = lane_of(1, 1, 1);
    for (int i = 0; i < 5; ++i)
        one.hold(wall_start, 1, i);
    const auto late = one.drop_head([](int i) { return i < 3; });
    EXPECT_EQ(late, (std::vector<int>{0, 1, 2}));
    EXPECT_EQ(one.try_next(at(0ms)), 3);
    EXPECT_EQ(one.waiting(), 1U);
    EXPECT_TRUE(one.drop_head([](int i) { return i < 3; }).empty());
}

TEST(RouteLane, ThoseThatAreTakenOutTakeTheirPartsAlong) {
    auto one = lane_of(1000, 100, 10);
    for (int i = 0; i < 10; ++i)
        one.hold(wall_start + i * 1s, 2, i);
    const auto odd = one.remove_if([](int i) { return i % 2 == 1; }, 3);
    EXPECT_EQ(odd, (std::vector<int>{1, 3, 5}));
    EXPECT_EQ(one.waiting(), 7U);
    EXPECT_EQ(one.waiting_parts(), 14);
}

}  // namespace
}  // namespace pinwire
