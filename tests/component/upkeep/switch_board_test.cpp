// What is suspended, as a program knows it. The table is a function here; the real one is
// tests/integration/postgres/switches_test.cpp's.
#include "common/upkeep/switch_board.hpp"

#include <gtest/gtest.h>

#include "common/runtime/deadline.hpp"
#include "common/runtime/task_group.hpp"
#include "tests/component/runtime/run_loop.hpp"

namespace pinwire::upkeep {
namespace {

using namespace std::chrono_literals;

class SwitchBoard : public testing::Test {
protected:
    void suspend(switch_kind kind, const std::string& name) {
        suspension one;
        one.kind = kind;
        one.name = name;
        table_.all.push_back(one);
        ++table_.version;
    }
    switch_board::source source() {
        return [this](std::int64_t known) { return read(known); };
    }
    awaitable<std::optional<postgres::suspension_table>> read(std::int64_t known) {
        ++looks_;
        co_await sleep_for(1ms);
        if (away_) throw postgres::database_error(postgres::trouble::weather, "", "away");
        if (known == table_.version) co_return std::nullopt;
        co_return table_;
    }
    // Runs the board until it holds.
    void run_until(switch_board& board, std::function<bool()> holds) {
        task_group all(loop_.ex(), [](std::exception_ptr) { ADD_FAILURE(); });
        const auto body = [&]() -> awaitable<void> {
            all.spawn(board.run(), "board");
            const auto limit = std::chrono::steady_clock::now() + 5s;
            while (!holds() && std::chrono::steady_clock::now() < limit)
                co_await sleep_for(1ms);
            co_await all.drain(0ms);
        };
        loop_.run(body());
        EXPECT_TRUE(holds());
    }

    pinwire::test::loop loop_;
    postgres::suspension_table table_;
    bool away_ = false;
    int looks_ = 0;
    const route_name world_{"world"};
    const msisdn number_ = *msisdn::parse("34600000001");
};

TEST_F(SwitchBoard, NothingIsSuspendedWithoutATable) {
    const switch_board board;
    EXPECT_TRUE(board.looked());
    EXPECT_FALSE(board.paused(world_));
    EXPECT_EQ(board.judge(number_), std::nullopt);
}

TEST_F(SwitchBoard, WhatMayBePausedStaysSoUntilTheTableWasRead) {
    switch_board board(source());
    EXPECT_TRUE(board.paused(world_));
    EXPECT_TRUE(board.paused(provider_name("hlr")));
    EXPECT_EQ(board.judge(number_), std::nullopt);
    loop_.run(board.first_look());
    EXPECT_FALSE(board.paused(world_));
    EXPECT_FALSE(board.paused(provider_name("hlr")));
}

TEST_F(SwitchBoard, TheFirstLookWaitsForTheDatabase) {
    away_ = true;
    switch_board board(source());
    task_group all(loop_.ex(), [](std::exception_ptr) { ADD_FAILURE(); });
    const auto body = [&]() -> awaitable<void> {
        all.spawn(board.first_look(), "first look");
        while (looks_ < 2)
            co_await sleep_for(1ms);
        EXPECT_FALSE(board.looked());
        away_ = false;
        co_await all.drain(5s);
    };
    loop_.run(body());
    EXPECT_TRUE(board.looked());
}

TEST_F(SwitchBoard, TellsOfEachChangeOnceItIsIn) {
    std::vector<bool> told;
    switch_board board(source());
    board.on_change([&] { told.push_back(board.paused(world_)); });
    loop_.run(board.first_look());
    EXPECT_EQ(told, std::vector<bool>({false}));
    suspend(switch_kind::route, "world");
    run_until(board, [&] { return told.size() == 2; });
    EXPECT_TRUE(told.back());
    const auto before = looks_;
    run_until(board, [&] { return looks_ > before; });
    EXPECT_EQ(told.size(), 2U) << "nothing has changed";
}

TEST_F(SwitchBoard, ASwitchIsSeenWithoutoutARestartAndStaysWhileTheDatabaseIsAway) {
    switch_board board(source());
    loop_.run(board.first_look());
    EXPECT_EQ(board.judge(account_name("acme"), number_), std::nullopt);
    suspend(switch_kind::country, "34");
    suspend(switch_kind::route, "world");
    run_until(board, [&] { return board.judge(number_) == refusal::country_suspended; });
    EXPECT_TRUE(board.paused(world_));
    away_ = true;
    const auto before = looks_;
    run_until(board, [&] { return looks_ > before; });
    EXPECT_TRUE(board.paused(world_));
    away_ = false;
    table_.all.clear();
    ++table_.version;
    run_until(board, [&] { return !board.paused(world_); });
}

}  // namespace
}  // namespace pinwire::upkeep
