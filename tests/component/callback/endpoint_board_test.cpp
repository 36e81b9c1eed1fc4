// What is remembered of endpoints, and what is forgotten: strangers make origins.
#include "callback/endpoint_board.hpp"

#include <gtest/gtest.h>

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;

endpoint_key key(int number) {
    endpoint_key made;
    made.account = account_name("acme");
    made.origin = "https://h" + std::to_string(number) + ".example:443";
    return made;
}

class EndpointBoard : public testing::Test {
protected:
    void fail(const endpoint_key& which, bool excused = false) {
        try_result how;
        how.error = "HTTP 503";
        how.excused = excused;
        board.tried(which, how, steady, at);
    }
    void succeed(const endpoint_key& which) {
        try_result how;
        how.succeeded = true;
        how.latency = 40ms;
        board.tried(which, how, steady, at);
    }
    void table_has_failing(const endpoint_key& which) {
        postgres::failing_endpoint one;
        one.name = which;
        one.since = at;
        board.take_failing({one});
    }
    static bool nobody(const endpoint_key&) { return false; }

    endpoint_board board{3};
    std::chrono::steady_clock::time_point steady{1000h};
    std::chrono::system_clock::time_point at = std::chrono::system_clock::now();
};

TEST_F(EndpointBoard, ForgetsWhomNobodyHasToDoWith) {
    for (int i = 0; i < 10; ++i)
        board.of(key(i), steady += 1s);
    board.sweep(steady, nobody);
    EXPECT_EQ(board.size(), 3U) << "the bound";
    EXPECT_TRUE(board.find(key(9)));
    EXPECT_FALSE(board.find(key(0)));
    steady += 1h;
    board.sweep(steady, [](const endpoint_key& which) { return which == key(9); });
    EXPECT_EQ(board.size(), 1U) << "something of it waits";
    board.of(key(9), steady).held[0] = steady + 1h;
    board.sweep(steady += 1h, nobody);
    EXPECT_EQ(board.size(), 1U) << "it is held, and has to be let go";
}

TEST_F(EndpointBoard, KeepsFailuresUntilTheTableHasThem) {
    fail(key(1));
    fail(key(1));
    steady += 1h;
    board.sweep(steady, nobody);
    auto told = board.notes();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].failures, 2);
    EXPECT_EQ(told[0].failing_from, at);
    EXPECT_FALSE(told[0].succeeded_at);
    EXPECT_TRUE(board.notes().empty());
    board.untold(told);
    told = board.notes();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].failures, 2) << "the database was away";
    board.sweep(steady, nobody);
    EXPECT_EQ(board.size(), 0U);
}

TEST_F(EndpointBoard, ASuccessIsTellingOnlyOfWhomTheTableHasAsFailing) {
    succeed(key(1));
    EXPECT_TRUE(board.notes().empty());
    fail(key(1));
    succeed(key(1));
    EXPECT_TRUE(board.notes().empty()) << "over before anybody heard of it";
    table_has_failing(key(1));
    at += 1s;
    succeed(key(1));
    const auto told = board.notes();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].succeeded_at, at);
    EXPECT_EQ(told[0].failures, 0);
}

TEST_F(EndpointBoard, ASuccessBeforeAnybodySaidThatItFailsElsewhereCounts) {
    succeed(key(1));
    at -= 1min;
    table_has_failing(key(1));
    EXPECT_EQ(board.notes().size(), 1U);
    at += 2min;
    table_has_failing(key(1));
    EXPECT_TRUE(board.notes().empty()) << "it failed after that success";
}

TEST_F(EndpointBoard, WhatIsNotItsFaultIsNotHeldAgainstIt) {
    fail(key(1), true);
    EXPECT_TRUE(board.notes().empty());
    EXPECT_EQ(board.find(key(1))->last_error, "HTTP 503");
}

TEST_F(EndpointBoard, RatesFadeAndTheSickAreShownFirst) {
    for (int i = 0; i < 9; ++i)
        succeed(key(1));
    fail(key(1));
    for (int i = 0; i < 10; ++i)
        board.of(key(2), steady).health.failed(steady, breaker::pass::normal);
    board.of(key(3), steady);
    const auto nothing = [](postgres::endpoint_state&) {};
    auto shown = board.states(2, steady, nothing);
    ASSERT_EQ(shown.size(), 2U);
    EXPECT_EQ(shown[0].name, key(2));
    EXPECT_EQ(shown[0].breaker, "open");
    EXPECT_EQ(shown[1].name, key(1));
    EXPECT_NEAR(shown[1].succeeded / shown[1].tries, 0.9, 0.001);
    shown = board.states(3, steady + 1h, nothing);
    EXPECT_LT(shown[1].tries, 0.01);
    EXPECT_EQ(board.open(), 1U);
}

TEST_F(EndpointBoard, AnUnreadableSecretIsNoneAndSaysSo) {
    postgres::endpoint_tables tables;
    auto& setting = tables.settings.emplace_back();
    setting.name = key(1);
    setting.concurrency = 2;
    setting.header = "X-Key";
    setting.value = "v1.none.AAAA";
    board.take(tables, std::nullopt);
    ASSERT_TRUE(board.terms_of(key(1)));
    EXPECT_TRUE(board.terms_of(key(1))->unreadable);
    EXPECT_EQ(board.terms_of(key(1))->concurrency, 2U);
    EXPECT_FALSE(board.terms_of(key(2)));
}

}  // namespace
}  // namespace pinwire::callback
