// A group ends with every task ended: by themselves within the grace, or cancelled and awaited.
#include "common/runtime/task_group.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "common/runtime/deadline.hpp"
#include "common/runtime/wakeup.hpp"
#include "tests/component/runtime/run_loop.hpp"

namespace pinwire {
namespace {

using namespace std::chrono_literals;

awaitable<void> wait_then_note(wakeup& start, std::vector<int>& notes, int note) {
    co_await start.wait();
    notes.push_back(note);
}

awaitable<void> hang_and_note(std::vector<int>& notes) {
    struct note_at_end {
        std::vector<int>& notes;
        ~note_at_end() { notes.push_back(-1); }
    };
    const note_at_end scope = {notes};
    co_await sleep_for(24h);
}

awaitable<void> fail() {
    throw std::runtime_error("boom");
    co_return;
}

TEST(TaskGroup, DrainsByItselfWhenTasksEndInTime) {
    test::loop loop;
    wakeup start(loop.ex());
    std::vector<int> notes;
    task_group group(loop.ex(), nullptr);
    auto body = [&]() -> awaitable<void> {
        group.spawn(wait_then_note(start, notes, 1), "one");
        group.spawn(wait_then_note(start, notes, 2), "two");
        EXPECT_EQ(group.size(), 2U);
        EXPECT_EQ(group.names(), (std::vector<std::string>{"one", "two"}));
        co_await test::yield();
        start.notify();
        const bool clean = co_await group.drain(1h);
        EXPECT_TRUE(clean);
        EXPECT_EQ(notes, (std::vector<int>{1, 2}));
        EXPECT_EQ(group.size(), 0U);
    };
    loop.run(body());
}

TEST(TaskGroup, CancelsAndAwaitsWhatOutlivesTheGrace) {
    test::loop loop;
    std::vector<int> notes;
    int errors = 0;
    task_group group(loop.ex(), [&](std::exception_ptr) { ++errors; });
    auto body = [&]() -> awaitable<void> {
        group.spawn(hang_and_note(notes));
        group.spawn(hang_and_note(notes));
        const bool clean = co_await group.drain(0ms);
        EXPECT_FALSE(clean);
        EXPECT_EQ(notes, (std::vector<int>{-1, -1}));
        EXPECT_EQ(errors, 0) << "a cancelled task is no error";
    };
    loop.run(body());
}

TEST(TaskGroup, HandsExceptionsToTheHandlerAndGoesOn) {
    test::loop loop;
    std::vector<std::string> errors;
    task_group group(loop.ex(), [&](std::exception_ptr error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            errors.emplace_back(e.what());
        }
    });
    auto body = [&]() -> awaitable<void> {
        group.spawn(fail());
        const bool clean = co_await group.drain(1h);
        EXPECT_TRUE(clean);
        EXPECT_EQ(errors, (std::vector<std::string>{"boom"}));
    };
    loop.run(body());
}

TEST(TaskGroup, WaitsForTasksThatAreSpawnedWhileItDrainsAndRefusesThemAfterwards) {
    test::loop loop;
    wakeup start(loop.ex());
    std::vector<int> notes;
    task_group group(loop.ex(), nullptr);
    auto parent = [&]() -> awaitable<void> {
        co_await test::yield();
        group.spawn(wait_then_note(start, notes, 7));
        start.notify();
    };
    auto body = [&]() -> awaitable<void> {
        group.spawn(parent());
        const bool clean = co_await group.drain(1h);
        EXPECT_TRUE(clean);
        EXPECT_EQ(notes, (std::vector<int>{7}));
        EXPECT_THROW(group.spawn(fail()), boost::system::system_error);
    };
    loop.run(body());
}

}  // namespace
}  // namespace pinwire
