// First come, first served, for the semaphore and the lock per key; and nothing is lost when a
// waiter is cancelled.
#include <gtest/gtest.h>

#include <vector>

#include "common/runtime/boot_clock.hpp"
#include "common/runtime/keyed_lock.hpp"
#include "common/runtime/semaphore.hpp"
#include "common/runtime/task_group.hpp"
#include "tests/component/runtime/run_loop.hpp"

namespace pinwire {
namespace {

using namespace std::chrono_literals;
using ints = std::vector<int>;

awaitable<void> take_and_note(semaphore& from, ints& notes, int note) {
    const auto permit = co_await from.acquire();
    notes.push_back(note);
    co_await test::yield();
}

TEST(Semaphore, ServesInOrderAndWithinItsLimit) {
    test::loop loop;
    semaphore permits(loop.ex(), 2);
    task_group group(loop.ex(), nullptr);
    ints notes;
    auto body = [&]() -> awaitable<void> {
        for (int i = 0; i < 5; ++i)
            group.spawn(take_and_note(permits, notes, i));
        co_await test::yield(2);
        EXPECT_EQ(permits.in_use(), 2U);
        EXPECT_EQ(permits.waiting(), 3U);
        EXPECT_FALSE(permits.try_acquire());
        const bool clean = co_await group.drain(1h);
        EXPECT_TRUE(clean);
        EXPECT_EQ(permits.available(), 2U);
    };
    loop.run(body());
    EXPECT_EQ(notes, (ints{0, 1, 2, 3, 4}));
}

TEST(Semaphore, LosesNoPermitToACancelledWaiter) {
    test::loop loop;
    semaphore permits(loop.ex(), 1);
    ints notes;
    auto body = [&]() -> awaitable<void> {
        auto held = permits.try_acquire();
        EXPECT_TRUE(held);
        task_group doomed(loop.ex(), nullptr);
        doomed.spawn(take_and_note(permits, notes, 1));
        co_await test::yield();
        task_group group(loop.ex(), nullptr);
        group.spawn(take_and_note(permits, notes, 2));
        co_await test::yield();
        const bool clean = co_await doomed.drain(0ms);
        EXPECT_FALSE(clean);
        EXPECT_EQ(permits.waiting(), 1U);
        held->release();
        co_await group.drain(1h);
        EXPECT_EQ(permits.in_use(), 0U);
    };
    loop.run(body());
    EXPECT_EQ(notes, (ints{2}));
}

TEST(Semaphore, GivesBackAPermitThatWasGrantedInTheInstantOfTheCancellation) {
    test::loop loop;
    semaphore permits(loop.ex(), 1);
    ints notes;
    auto body = [&]() -> awaitable<void> {
        auto held = permits.try_acquire();
        task_group doomed(loop.ex(), nullptr);
        doomed.spawn(take_and_note(permits, notes, 1));
        co_await test::yield();
        held->release();  // granted, but not resumed yet
        doomed.cancel();
        co_await doomed.drain(1h);
        EXPECT_EQ(permits.in_use(), 0U);
    };
    loop.run(body());
}

TEST(Semaphore, FollowsANewLimit) {
    test::loop loop;
    semaphore permits(loop.ex(), 0);
    task_group group(loop.ex(), nullptr);
    ints notes;
    auto body = [&]() -> awaitable<void> {
        group.spawn(take_and_note(permits, notes, 1));
        co_await test::yield();
        EXPECT_TRUE(notes.empty());
        permits.set_limit(1);
        co_await group.drain(1h);
    };
    loop.run(body());
    EXPECT_EQ(notes, (ints{1}));
}

awaitable<void> lock_and_note(keyed_lock::ticket ticket, ints& notes, int note) {
    const auto guard = co_await ticket.wait();
    notes.push_back(note);
    co_await test::yield();
}

TEST(KeyedLock, FollowsTheOrderOfEnqueueNotOfWaiting) {
    test::loop loop;
    keyed_lock lock(loop.ex());
    task_group group(loop.ex(), nullptr);
    ints notes;
    auto body = [&]() -> awaitable<void> {
        auto first = lock.enqueue("+441");
        auto second = lock.enqueue("+441");
        auto other = lock.enqueue("+442");
        EXPECT_TRUE(first.ready());
        EXPECT_FALSE(second.ready());
        EXPECT_TRUE(other.ready());
        EXPECT_EQ(lock.keys(), 2U);
        group.spawn(lock_and_note(std::move(second), notes, 2));
        co_await test::yield();
        EXPECT_TRUE(notes.empty());
        group.spawn(lock_and_note(std::move(first), notes, 1));
        co_await group.drain(1h);
    };
    loop.run(body());
    EXPECT_EQ(notes, (ints{1, 2}));
    EXPECT_EQ(lock.keys(), 0U);
}

TEST(KeyedLock, DroppedTicketsLeaveTheLine) {
    test::loop loop;
    keyed_lock lock(loop.ex());
    ints notes;
    auto body = [&]() -> awaitable<void> {
        auto held = co_await lock.lock("k");
        auto second = std::make_optional(lock.enqueue("k"));
        task_group group(loop.ex(), nullptr);
        group.spawn(lock_and_note(lock.enqueue("k"), notes, 3));
        co_await test::yield();
        second.reset();
        { auto never_run = lock.enqueue("k").wait(); }
        EXPECT_FALSE(lock.try_lock("k"));
        held.release();
        held.release();
        co_await group.drain(1h);
        EXPECT_TRUE(lock.try_lock("k"));
    };
    loop.run(body());
    EXPECT_EQ(notes, (ints{3}));
    EXPECT_EQ(lock.keys(), 0U);
}

TEST(KeyedLock, PassesOverCancelledWaiters) {
    test::loop loop;
    keyed_lock lock(loop.ex());
    ints notes;
    auto body = [&]() -> awaitable<void> {
        auto held = co_await lock.lock("k");
        task_group doomed(loop.ex(), nullptr);
        doomed.spawn(lock_and_note(lock.enqueue("k"), notes, 1));
        task_group group(loop.ex(), nullptr);
        group.spawn(lock_and_note(lock.enqueue("k"), notes, 2));
        co_await test::yield();
        co_await doomed.drain(0ms);
        held.release();
        co_await group.drain(1h);
    };
    loop.run(body());
    EXPECT_EQ(notes, (ints{2}));
    EXPECT_EQ(lock.keys(), 0U);
}

TEST(BootClock, GoesForward) {
    const auto first = boot_clock::now();
    const auto second = boot_clock::now();
    EXPECT_GE(second, first);
    EXPECT_GT(first.time_since_epoch(), 0ns);
}

}  // namespace
}  // namespace pinwire
