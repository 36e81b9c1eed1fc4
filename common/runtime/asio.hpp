// The few Asio names that the whole tree uses. Each process runs one io_context on one thread, so
// the executor is the concrete one; nothing here is thread-safe unless it says so.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>

namespace pinwire {

using executor = boost::asio::io_context::executor_type;

// Of the concrete executor, too: with Asio's default, any_io_executor, each step of a coroutine
// pays for the erasure.
template <class T = void>
using awaitable = boost::asio::awaitable<T, executor>;

using use_awaitable_t = boost::asio::use_awaitable_t<executor>;
inline constexpr use_awaitable_t use_awaitable;

using steady_timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>,
    executor>;

}  // namespace pinwire
