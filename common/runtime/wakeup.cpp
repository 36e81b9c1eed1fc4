#include "common/runtime/wakeup.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <utility>

namespace pinwire {

// Lives in the waiting coroutine's frame, registered for as long.
struct wakeup::sleeper {
    sleeper(wakeup& from, std::chrono::steady_clock::time_point by)
        : owner(from), timer(from.executor_, by) {
        owner.sleepers_.push_back(this);
    }
    sleeper(const sleeper&) = delete;
    sleeper& operator=(const sleeper&) = delete;
    ~sleeper() { std::erase(owner.sleepers_, this); }

    wakeup& owner;
    steady_timer timer;
    bool notified = false;
};

void wakeup::notify() {
    if (sleepers_.empty()) {
        notified_ = true;
        return;
    }
    for (auto* one : std::exchange(sleepers_, {})) {
        one->notified = true;
        one->timer.cancel();
    }
}

awaitable<void> wakeup::wait() {
    co_await wait_until(std::chrono::steady_clock::time_point::max());
}

awaitable<bool> wakeup::wait_for(std::chrono::steady_clock::duration span) {
    return wait_until(std::chrono::steady_clock::now() + span);
}

awaitable<bool> wakeup::wait_until(std::chrono::steady_clock::time_point by) {
    if (std::exchange(notified_, false)) co_return true;
    sleeper me(*this, by);
    constexpr auto token = boost::asio::as_tuple(use_awaitable);
    auto [error] = co_await me.timer.async_wait(token);
    if (me.notified) co_return true;
    if (error) throw boost::system::system_error(boost::asio::error::operation_aborted);
    co_return false;
}

}  // namespace pinwire
