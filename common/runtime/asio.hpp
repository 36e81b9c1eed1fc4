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

template <class T = void>
using awaitable = boost::asio::awaitable<T>;

using executor = boost::asio::io_context::executor_type;

using steady_timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>,
    executor>;

}  // namespace pinwire
