#include "common/core/delivery_watch.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using namespace std::chrono_literals;
using alarm = delivery_watch::alarm;

const auto start = delivery_watch::time_point(1000h);

delivery_figures figures(
    std::int64_t sent, std::int64_t confirmed, std::chrono::milliseconds late = 0ms
) {
    delivery_figures made;
    made.sent = sent;
    made.confirmed = confirmed;
    made.late = late;
    return made;
}

delivery_settings settings() {
    delivery_settings made;
    made.confirmed_min = 0.5;
    made.late_max = 60s;
    return made;
}

TEST(DeliveryWatch, TooLittleConfirmedIsAnAlarm) {
    delivery_watch w(settings());
    EXPECT_FALSE(w.look(start, figures(100, 50)));
    EXPECT_TRUE(w.look(start, figures(100, 49)));
    EXPECT_EQ(w.state(), alarm::unconfirmed);
    EXPECT_FALSE(w.paused(start)) << "nobody asked for that";
}

TEST(DeliveryWatch, TheAlarmEndsOnlyWhenItIsClearlyBetter) {
    delivery_watch w(settings());
    w.look(start, figures(100, 40));
    EXPECT_FALSE(w.look(start, figures(100, 55)));
    EXPECT_TRUE(w.look(start, figures(100, 60)));
    EXPECT_EQ(w.state(), alarm::none);
    EXPECT_FALSE(w.look(start, figures(100, 55)));
}

TEST(DeliveryWatch, LateReportsAreAnAlarmToo) {
    delivery_watch w(settings());
    EXPECT_TRUE(w.look(start, figures(100, 90, 61s)));
    EXPECT_EQ(w.state(), alarm::late);
    EXPECT_FALSE(w.look(start, figures(100, 90, 50s)));
    EXPECT_TRUE(w.look(start, figures(100, 90, 47s)));
}

TEST(DeliveryWatch, AFewMessagesSayNothing) {
    delivery_watch w(settings());
    EXPECT_FALSE(w.look(start, figures(49, 0)));
    w.look(start, figures(100, 0));
    EXPECT_FALSE(w.look(start, figures(10, 10))) << "neither do they end an alarm";
    EXPECT_TRUE(w.look(start, figures(0, 0))) << "but nothing at all does";
}

TEST(DeliveryWatch, WhatIsNotWatchedRaisesNothing) {
    auto with = settings();
    with.confirmed_min = 0;
    with.late_max = 0ms;
    delivery_watch w(with);
    EXPECT_FALSE(w.look(start, figures(1000, 0, 1h)));
}

TEST(DeliveryWatch, AThresholdNearOneCanStillBeReached) {
    auto with = settings();
    with.confirmed_min = 0.98;
    delivery_watch w(with);
    w.look(start, figures(1000, 900));
    EXPECT_TRUE(w.look(start, figures(1000, 995)));
}

TEST(DeliveryWatch, AnAutomaticPauseEndsAndStartsWithACleanSheet) {
    auto with = settings();
    with.pause = true;
    with.pause_for = 10min;
    delivery_watch w(with);
    EXPECT_TRUE(w.look(start, figures(100, 10)));
    EXPECT_TRUE(w.paused(start + 9min));
    EXPECT_FALSE(w.look(start + 5min, figures(20, 2))) << "nothing is judged while it is paused";
    EXPECT_EQ(w.state(), alarm::unconfirmed);
    EXPECT_FALSE(w.paused(start + 10min));
    EXPECT_EQ(w.counts_from(), start + 10min);
    EXPECT_TRUE(w.look(start + 11min, figures(3, 0)));
    EXPECT_EQ(w.state(), alarm::none);
    EXPECT_TRUE(w.look(start + 20min, figures(60, 6)));
    EXPECT_TRUE(w.paused(start + 20min));
}

}  // namespace
}  // namespace pinwire
