// The loop of a test: runs a coroutine to its end, or blocking code on a thread beside the running
// loop. Everything gives up after `patience`, so that a fault is a failure and not a hang.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>

#include "common/http/server.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::http::test {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

inline constexpr auto patience = 10s;

template <class T>
struct outcome {
    std::optional<T> value;
    std::exception_ptr error;
    bool done = false;
};

class loop {
public:
    boost::asio::io_context context{1};

    template <class T>
    std::shared_ptr<outcome<T>> start(awaitable<T> what) {
        auto out = std::make_shared<outcome<T>>();
        boost::asio::co_spawn(context, keep(std::move(what), out), [out](std::exception_ptr error) {
            out->error = error;
            out->done = true;
        });
        return out;
    }

    template <class T>
    T finish(const std::shared_ptr<outcome<T>>& what) {
        until([&] { return what->done; });
        if (what->error) std::rethrow_exception(what->error);
        return std::move(*what->value);
    }

    template <class T>
    T run(awaitable<T> what) {
        return finish(start(std::move(what)));
    }

    // Blocking code on a thread of its own, while the loop runs here.
    template <class Code>
    auto beside(Code code) {
        auto result = std::async(std::launch::async, std::move(code));
        until([&] { return result.wait_for(0s) == std::future_status::ready; });
        return result.get();
    }

    template <class Condition>
    void until(Condition met) {
        const auto end = steady::now() + patience;
        while (!met()) {
            if (steady::now() > end) throw std::runtime_error("the test waited too long");
            if (context.stopped()) context.restart();
            context.run_one_for(5ms);
        }
    }

private:
    template <class T>
    static awaitable<void> keep(awaitable<T> what, std::shared_ptr<outcome<T>> out) {
        out->value.emplace(co_await std::move(what));
    }
};

// A server for the length of a scope.
class running_server {
public:
    running_server(loop& on, server_settings settings, handler serve)
        : loop_(on), server_(on.context, std::move(settings), std::move(serve)) {
        server_.start();
    }
    ~running_server() {
        if (!stopped_) loop_.run(server_.stop(100ms));
    }
    bool stop(std::chrono::milliseconds grace) {
        stopped_ = true;
        return loop_.run(server_.stop(grace));
    }
    awaitable<bool> stopping(std::chrono::milliseconds grace) {
        stopped_ = true;
        return server_.stop(grace);
    }
    std::uint16_t port() const { return server_.local_endpoint().port; }
    const server_counts& counts() const { return server_.counts(); }

private:
    loop& loop_;
    server server_;
    bool stopped_ = false;
};

}  // namespace pinwire::http::test
