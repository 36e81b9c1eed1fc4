// Group commit and the blocking thread below it: order, batch limits, errors and cancellation. A
// gate holds the thread, so that what makes up a batch doesn't depend on time.
#include "common/runtime/batcher.hpp"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/runtime/task_group.hpp"
#include "tests/component/runtime/run_loop.hpp"

namespace pinwire {
namespace {

using namespace std::chrono_literals;
using ints = std::vector<int>;

struct fixture {
    test::loop loop;
    task_group group{loop.ex(), nullptr};
    std::vector<ints> batches;  // as the thread saw them; read after the loop
    ints answered;              // in the order of resumption
    std::promise<void> gate;
    std::shared_future<void> opened{gate.get_future()};
    blocking_thread thread{"test"};

    auto recorder() {
        return [this](ints& items) {
            opened.wait();
            batches.push_back(items);
            if (std::find(items.begin(), items.end(), 13) != items.end()) {
                throw std::runtime_error("thirteen");
            }
            ints out;
            for (const int item : items)
                out.push_back(item * 10);
            return out;
        };
    }

    awaitable<void> submit(batcher<int, int>& to, int item) {
        const int out = co_await to.submit(item);
        EXPECT_EQ(out, item * 10);
        answered.push_back(item);
    }
};

TEST(Batcher, GathersWhatArrivesWhileABatchRuns) {
    fixture f;
    batcher<int, int> batch(f.loop.ex(), f.recorder(), f.thread, 100);
    auto body = [&]() -> awaitable<void> {
        f.group.spawn(f.submit(batch, 1));
        f.group.spawn(f.submit(batch, 2));
        co_await test::yield();
        EXPECT_TRUE(batch.running());
        f.group.spawn(f.submit(batch, 3));
        co_await test::yield();
        f.group.spawn(f.submit(batch, 4));
        co_await test::yield();
        EXPECT_EQ(batch.queued(), 2U);
        f.gate.set_value();
        const bool clean = co_await f.group.drain(1h);
        EXPECT_TRUE(clean);
    };
    f.loop.run(body());
    EXPECT_EQ(f.batches, (std::vector<ints>{{1, 2}, {3, 4}}));
    EXPECT_EQ(f.answered, (ints{1, 2, 3, 4}));
    EXPECT_EQ(batch.counters().batches, 2U);
    EXPECT_EQ(batch.counters().items, 4U);
    EXPECT_EQ(batch.counters().largest, 2U);
}

TEST(Batcher, BatchesThatGatherBeginApart) {
    fixture f;
    f.gate.set_value();
    std::optional<batcher<int, int>> batch;
    batch.emplace(f.loop.ex(), f.recorder(), f.thread, 100, std::chrono::hours(1));
    auto body = [&]() -> awaitable<void> {
        const int first = co_await batch->submit(1);
        EXPECT_EQ(first, 10) << "the first begins at once";
        f.group.spawn(f.submit(*batch, 2));
        f.group.spawn(f.submit(*batch, 3));
        for (int i = 0; i < 20; ++i)
            co_await test::yield();
        EXPECT_FALSE(batch->running());
        EXPECT_EQ(batch->queued(), 2U);
        co_await f.group.drain(0ms);
        batch.reset();  // its hour with it
    };
    f.loop.run(body());
}

TEST(Batcher, WhatGathersIsRunInTheEnd) {
    fixture f;
    f.gate.set_value();
    batcher<int, int> batch(f.loop.ex(), f.recorder(), f.thread, 100, 3ms);
    auto body = [&]() -> awaitable<void> {
        for (int i = 101; i <= 150; ++i) {
            f.group.spawn(f.submit(batch, i));
            co_await test::yield();
        }
        co_await f.group.drain(10s);
    };
    f.loop.run(body());
    EXPECT_EQ(f.answered.size(), 50U);
    EXPECT_TRUE(std::is_sorted(f.answered.begin(), f.answered.end()));
}

TEST(Batcher, WhatFillsABatchIsNotHeldBack) {
    fixture f;
    f.gate.set_value();
    batcher<int, int> batch(f.loop.ex(), f.recorder(), f.thread, 3, std::chrono::hours(1));
    auto body = [&]() -> awaitable<void> {
        const int first = co_await batch.submit(1);
        EXPECT_EQ(first, 10);
        for (int i = 2; i <= 4; ++i)
            f.group.spawn(f.submit(batch, i));
        co_await f.group.drain(10s);
    };
    f.loop.run(body());
    EXPECT_EQ(f.batches, (std::vector<ints>{{1}, {2, 3, 4}}));
}

TEST(Batcher, NeverExceedsItsLimitAndKeepsTheOrder) {
    fixture f;
    f.gate.set_value();
    batcher<int, int> batch(f.loop.ex(), f.recorder(), f.thread, 3);
    auto body = [&]() -> awaitable<void> {
        for (int i = 0; i < 10; ++i)
            f.group.spawn(f.submit(batch, i));
        const bool clean = co_await f.group.drain(1h);
        EXPECT_TRUE(clean);
    };
    f.loop.run(body());
    EXPECT_EQ(f.batches, (std::vector<ints>{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {9}}));
    EXPECT_EQ(f.answered, (ints{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(Batcher, GivesAnExceptionToEveryWaiterOfItsBatchOnly) {
    fixture f;
    f.gate.set_value();
    batcher<int, int> batch(f.loop.ex(), f.recorder(), f.thread, 2);
    ints failed;
    auto task = [&](int item) -> awaitable<void> {
        try {
            co_await f.submit(batch, item);
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "thirteen");
            failed.push_back(item);
        }
    };
    auto body = [&]() -> awaitable<void> {
        for (const int item : {1, 2, 12, 13, 3})
            f.group.spawn(task(item));
        const bool clean = co_await f.group.drain(1h);
        EXPECT_TRUE(clean);
    };
    f.loop.run(body());
    EXPECT_EQ(failed, (ints{12, 13}));
    EXPECT_EQ(f.answered, (ints{1, 2, 3}));
    EXPECT_EQ(batch.counters().failed, 1U);
}

TEST(Batcher, RunsTheItemsOfCancelledWaiters) {
    fixture f;
    batcher<int, int> batch(f.loop.ex(), f.recorder(), f.thread, 100);
    auto body = [&]() -> awaitable<void> {
        f.group.spawn(f.submit(batch, 1));
        co_await test::yield();
        f.group.spawn(f.submit(batch, 2));
        co_await test::yield();
        const bool clean = co_await f.group.drain(0ms);  // returns although the gate is shut
        EXPECT_FALSE(clean);
        f.gate.set_value();
    };
    f.loop.run(body());
    EXPECT_EQ(f.batches, (std::vector<ints>{{1}, {2}}));
    EXPECT_TRUE(f.answered.empty());
}

TEST(Batcher, RefusesAFunctionThatAnswersTooLittle) {
    fixture f;
    auto forgetful = [](ints&) { return ints(); };
    batcher<int, int> batch(f.loop.ex(), forgetful, f.thread, 100);
    auto body = [&]() -> awaitable<void> {
        bool refused = false;
        try {
            co_await batch.submit(1);
        } catch (const std::logic_error&) {
            refused = true;
        }
        EXPECT_TRUE(refused);
    };
    f.loop.run(body());
}

TEST(Batcher, AnswersWithAbortWhenItsThreadIsStopped) {
    fixture f;
    f.thread.stop();
    batcher<int, int> batch(f.loop.ex(), f.recorder(), f.thread, 100);
    auto body = [&]() -> awaitable<void> {
        bool aborted = false;
        try {
            co_await batch.submit(1);
        } catch (const boost::system::system_error&) {
            aborted = true;
        }
        EXPECT_TRUE(aborted);
    };
    f.loop.run(body());
}

TEST(BlockingThread, RunsElsewhereAndResumesAtHome) {
    test::loop loop;
    blocking_thread thread;
    const auto home = std::this_thread::get_id();
    auto body = [&]() -> awaitable<void> {
        auto where = [] { return std::this_thread::get_id(); };
        const auto there = co_await run_on(thread, where);
        EXPECT_NE(there, home);
        EXPECT_EQ(std::this_thread::get_id(), home);
        auto movable = [p = std::make_unique<int>(4)] { return *p; };
        const int four = co_await run_on(thread, std::move(movable));
        EXPECT_EQ(four, 4);
    };
    loop.run(body());
}

TEST(BlockingThread, BringsExceptionsBack) {
    test::loop loop;
    blocking_thread thread;
    auto body = [&]() -> awaitable<void> {
        auto broken = [] { throw std::runtime_error("weather"); };
        std::string what;
        try {
            co_await run_on(thread, broken);
        } catch (const std::runtime_error& error) {
            what = error.what();
        }
        EXPECT_EQ(what, "weather");
    };
    loop.run(body());
}

TEST(BlockingThread, FinishesWhatIsQueuedBeforeItEnds) {
    int ran = 0;
    std::promise<void> gate;
    {
        blocking_thread thread;
        thread.post([opened = gate.get_future()]() mutable { opened.wait(); });
        for (int i = 0; i < 3; ++i)
            thread.post([&ran] { ++ran; });
        thread.stop();
        EXPECT_FALSE(thread.post([&ran] { ran = 100; }));
        gate.set_value();
    }
    EXPECT_EQ(ran, 3);
}

}  // namespace
}  // namespace pinwire
