// Owns every coroutine that it starts: none is detached, and all are awaited at the end.
// Lifecycle: spawn, spawn, ..., drain once. Loop thread only. An exception that leaves a task goes
// to the error handler; operation_aborted is how a cancelled task ends and is not reported.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/runtime/asio.hpp"

namespace pinwire {

class task_group {
public:
    using error_handler = std::function<void(std::exception_ptr)>;

    task_group(executor ex, error_handler on_error);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;
    // Whatever still lives is cancelled but can't be awaited here: drain first.
    ~task_group();

    // Starts the task in a later turn of the loop. Once the grace of drain is spent the group is
    // closed: then it throws system_error(operation_aborted), which ends the calling task quietly.
    void spawn(awaitable<void> task, std::string name = {});

    // Waits until every task has ended. True if all did so within the grace by themselves;
    // otherwise the rest is cancelled (terminal), awaited, and the answer is false. Tasks may
    // spawn others while they are being waited for.
    awaitable<bool> drain(std::chrono::milliseconds grace);

    // Cancels (terminal) what lives now; the group stays open. drain awaits the ends.
    void cancel();

    std::size_t size() const noexcept;
    // Names of the tasks that live, for a log line when a drain is cut short.
    std::vector<std::string> names() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace pinwire
