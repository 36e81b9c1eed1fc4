// An event. notify resumes all who wait; if nobody does, the next wait returns at once (one
// notification is remembered, not how many). Loop thread only; it outlives its waiters.
#pragma once

#include <chrono>
#include <vector>

#include "common/runtime/asio.hpp"

namespace pinwire {

class wakeup {
public:
    explicit wakeup(executor ex) : executor_(std::move(ex)) {}
    wakeup(const wakeup&) = delete;
    wakeup& operator=(const wakeup&) = delete;

    void notify();

    awaitable<void> wait();
    // True: notified. False: the time is over.
    awaitable<bool> wait_for(std::chrono::steady_clock::duration span);
    awaitable<bool> wait_until(std::chrono::steady_clock::time_point by);

private:
    struct sleeper;

    executor executor_;
    std::vector<sleeper*> sleepers_;
    bool notified_ = false;
};

}  // namespace pinwire
