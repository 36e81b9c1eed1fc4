// Deadlines as points in steady time; they are passed down and only ever shrink.
// with_deadline answers nullopt (void: false) for lateness; the operation is then cancelled and
// awaited first, so an operation that can't be cancelled stretches its deadline. An answer that
// came in the same instant as the deadline is kept. Exceptions of the operation travel on, and
// cancellation from above throws operation_aborted.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "common/runtime/asio.hpp"

namespace pinwire {

using deadline = std::chrono::steady_clock::time_point;

inline deadline deadline_in(std::chrono::steady_clock::duration span) {
    return std::chrono::steady_clock::now() + span;
}

inline awaitable<void> sleep_until(deadline by) {
    auto ex = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(ex, by);
    co_await timer.async_wait(use_awaitable);
}

inline awaitable<void> sleep_for(std::chrono::steady_clock::duration span) {
    return sleep_until(deadline_in(span));
}

namespace detail {

template <class T>
awaitable<void> store_into(awaitable<T> op, std::optional<T>& slot) {
    slot.emplace(co_await std::move(op));
}

inline awaitable<void> store_into(awaitable<void> op, std::optional<bool>& slot) {
    co_await std::move(op);
    slot.emplace(true);
}

// True if the operation left something in its slot; false if it was late.
template <class T, class Slot>
awaitable<bool> race(awaitable<T> op, deadline by, std::optional<Slot>& slot) {
    auto ex = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(ex, by);
    auto both = boost::asio::experimental::make_parallel_group(
        boost::asio::co_spawn(ex, store_into(std::move(op), slot), boost::asio::deferred),
        timer.async_wait(boost::asio::deferred)
    );
    auto [order, error, timer_error] =
        co_await both.async_wait(boost::asio::experimental::wait_for_one(), use_awaitable);
    if (slot) co_return true;
    if (order[0] == 1 && !timer_error) co_return false;
    if (error) std::rethrow_exception(error);
    throw boost::system::system_error(boost::asio::error::operation_aborted);
}

}  // namespace detail

template <class T>
awaitable<std::optional<T>> with_deadline(awaitable<T> op, deadline by) {
    std::optional<T> slot;
    co_await detail::race(std::move(op), by, slot);
    co_return slot;
}

inline awaitable<bool> with_deadline(awaitable<void> op, deadline by) {
    std::optional<bool> slot;
    co_await detail::race(std::move(op), by, slot);
    co_return slot.has_value();
}

}  // namespace pinwire
