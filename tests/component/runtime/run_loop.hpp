// Runs one coroutine on an io_context of its own until nothing is left to do, and gives back what
// it threw. A loop that doesn't end is the test's time-out.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <utility>

#include "common/runtime/asio.hpp"

namespace pinwire::test {

class loop {
public:
    executor ex() { return io_.get_executor(); }
    boost::asio::io_context& io() { return io_; }

    // Also waits for whatever else the coroutine started.
    void run(awaitable<void> body) {
        std::exception_ptr failed;
        auto ended = [&failed](std::exception_ptr error) { failed = std::move(error); };
        boost::asio::co_spawn(io_, std::move(body), ended);
        io_.restart();
        io_.run();
        if (failed) std::rethrow_exception(failed);
    }

private:
    boost::asio::io_context io_{1};
};

// Lets everything that is ready run, a few turns long.
inline awaitable<void> yield(int turns = 5) {
    auto ex = co_await boost::asio::this_coro::executor;
    for (int i = 0; i < turns; ++i) {
        co_await boost::asio::post(ex, use_awaitable);
    }
}

}  // namespace pinwire::test
