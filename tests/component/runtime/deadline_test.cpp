// A deadline must neither hide an answer nor an error, and must end what is late.
#include "common/runtime/deadline.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "common/runtime/task_group.hpp"
#include "common/runtime/wakeup.hpp"
#include "tests/component/runtime/run_loop.hpp"

namespace pinwire {
namespace {

using namespace std::chrono_literals;

struct no_default {
    explicit no_default(int v) : value(v) {}
    int value;
};

awaitable<no_default> answer(int value) {
    co_await test::yield(1);
    co_return no_default(value);
}

awaitable<no_default> throw_fast() {
    co_await test::yield(1);
    throw std::runtime_error("refused");
}

awaitable<no_default> hang(bool& ended) {
    struct note {
        bool& flag;
        ~note() { flag = true; }
    };
    const note scope = {ended};
    co_await sleep_for(24h);
    co_return no_default(0);
}

// Answers although it was cancelled: the moment when both happen at once.
awaitable<no_default> answer_when_cancelled() {
    try {
        co_await sleep_for(24h);
    } catch (const boost::system::system_error&) {
    }
    co_return no_default(5);
}

TEST(WithDeadline, GivesTheAnswerOfWhatIsInTime) {
    test::loop loop;
    auto body = []() -> awaitable<void> {
        const auto got = co_await with_deadline(answer(3), deadline_in(1h));
        EXPECT_TRUE(got.has_value());
        if (got) {
            EXPECT_EQ(got->value, 3);
        }
    };
    loop.run(body());
}

TEST(WithDeadline, EndsAndAwaitsWhatIsLate) {
    test::loop loop;
    auto body = []() -> awaitable<void> {
        bool ended = false;
        const auto got = co_await with_deadline(hang(ended), deadline_in(1ms));
        EXPECT_FALSE(got.has_value());
        EXPECT_TRUE(ended);
    };
    loop.run(body());
}

TEST(WithDeadline, ThrowsTheOperationsOwnErrorAtOnce) {
    test::loop loop;
    auto body = []() -> awaitable<void> {
        std::string what;
        try {
            co_await with_deadline(throw_fast(), deadline_in(1h));
        } catch (const std::runtime_error& error) {
            what = error.what();
        }
        EXPECT_EQ(what, "refused");
    };
    loop.run(body());
}

TEST(WithDeadline, KeepsAnAnswerThatCameWithTheDeadline) {
    test::loop loop;
    auto body = []() -> awaitable<void> {
        const auto got = co_await with_deadline(answer_when_cancelled(), deadline_in(1ms));
        EXPECT_TRUE(got.has_value());
    };
    loop.run(body());
}

TEST(WithDeadline, PassesCancellationFromAboveOn) {
    test::loop loop;
    task_group group(loop.ex(), nullptr);
    bool ended = false;
    bool returned = false;
    auto task = [&]() -> awaitable<void> {
        co_await with_deadline(hang(ended), deadline_in(24h));
        returned = true;
    };
    auto body = [&]() -> awaitable<void> {
        group.spawn(task());
        co_await group.drain(1ms);
    };
    loop.run(body());
    EXPECT_TRUE(ended);
    EXPECT_FALSE(returned);
}

TEST(WithDeadline, TellsWhetherAVoidOperationWasInTime) {
    test::loop loop;
    auto body = []() -> awaitable<void> {
        const bool quick = co_await with_deadline(test::yield(), deadline_in(1h));
        EXPECT_TRUE(quick);
        const bool slow = co_await with_deadline(sleep_for(24h), deadline_in(1ms));
        EXPECT_FALSE(slow);
    };
    loop.run(body());
}

TEST(Wakeup, RemembersOneNotificationAndTellsItFromTimeOver) {
    test::loop loop;
    wakeup bell(loop.ex());
    auto body = [&]() -> awaitable<void> {
        bell.notify();
        bell.notify();
        const bool first = co_await bell.wait_for(1h);
        EXPECT_TRUE(first);
        const bool second = co_await bell.wait_for(1ms);
        EXPECT_FALSE(second);
    };
    loop.run(body());
}

TEST(Wakeup, WakesEveryWaiter) {
    test::loop loop;
    wakeup bell(loop.ex());
    task_group group(loop.ex(), nullptr);
    int woken = 0;
    auto task = [&]() -> awaitable<void> {
        co_await bell.wait();
        ++woken;
    };
    auto body = [&]() -> awaitable<void> {
        group.spawn(task());
        group.spawn(task());
        co_await test::yield();
        bell.notify();
        const bool clean = co_await group.drain(1h);
        EXPECT_TRUE(clean);
    };
    loop.run(body());
    EXPECT_EQ(woken, 2);
}

}  // namespace
}  // namespace pinwire
