// One thread of our own that runs blocking functions in the order they were handed over, and
// run_on, which waits for such a function in a coroutine and resumes on the coroutine's executor.
// A running function can't be cancelled: whoever races it still waits for its end, so functions
// bound their own time. Must be stopped or destroyed before what its functions use and before the
// io_context. post, stop and queued may be called from any thread.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>

#include "common/runtime/asio.hpp"

namespace pinwire {

class blocking_thread {
public:
    // The name is what ps and gdb show (15 characters).
    explicit blocking_thread(std::string name = "blocking");
    blocking_thread(const blocking_thread&) = delete;
    blocking_thread& operator=(const blocking_thread&) = delete;
    ~blocking_thread();  // stop, and join

    // Queues a move-only callable that doesn't throw. False after stop: it was not taken.
    template <class F>
    bool post(F function) {
        return push(std::make_unique<job_of<F>>(std::move(function)));
    }

    // Takes nothing more; what is queued is still run. Doesn't wait.
    void stop();

    std::size_t queued() const;  // the running one not counted

private:
    struct job {
        virtual ~job() = default;
        virtual void run() = 0;
    };
    template <class F>
    struct job_of final : job {
        explicit job_of(F f) : function(std::move(f)) {}
        void run() override { function(); }
        F function;
    };

    bool push(std::unique_ptr<job> next);
    void work();

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<job>> jobs_;
    bool stopped_ = false;
    std::thread thread_;  // last: starts when all else is there
};

namespace detail {

// What a blocking function left behind.
template <class R>
struct offload_result {
    using stored = std::conditional_t<std::is_void_v<R>, std::monostate, R>;
    std::optional<stored> value;
};

template <class F, class R>
void call_into(F& function, std::exception_ptr& error, offload_result<R>& result) {
    try {
        if constexpr (std::is_void_v<R>) {
            function();
            result.value.emplace();
        } else {
            result.value.emplace(function());
        }
    } catch (...) {
        error = std::current_exception();
    }
}

template <class F>
awaitable<offload_result<std::invoke_result_t<F&>>> offload(blocking_thread& thread, F function) {
    namespace asio = boost::asio;
    using result = offload_result<std::invoke_result_t<F&>>;
    using signature = void(std::exception_ptr, result);
    auto initiate = [](auto&& handler, blocking_thread* where, F f) {
        auto ex = asio::prefer(
            asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked
        );
        // Shared, because a refused job must leave the handler with us.
        auto parked = std::make_shared<std::decay_t<decltype(handler)>>(
            std::forward<decltype(handler)>(handler)
        );
        auto answer = [ex, parked](std::exception_ptr error, result out) {
            asio::post(ex, [parked, error = std::move(error), out = std::move(out)]() mutable {
                std::move (*parked)(std::move(error), std::move(out));
            });
        };
        const bool taken = where->post([f = std::move(f), answer]() mutable {
            std::exception_ptr error;
            result out;
            call_into(f, error, out);
            answer(std::move(error), std::move(out));
        });
        if (!taken) {
            boost::system::system_error closed(asio::error::operation_aborted);
            answer(std::make_exception_ptr(closed), result());
        }
    };
    return asio::async_initiate<const use_awaitable_t, signature>(
        std::move(initiate), use_awaitable, &thread, std::move(function)
    );
}

}  // namespace detail

// Runs the function on the thread and gives its result, or its exception, to the caller on the
// caller's executor. After stop: throws operation_aborted.
template <class F>
awaitable<std::invoke_result_t<F&>> run_on(blocking_thread& thread, F function) {
    auto done = co_await detail::offload(thread, std::move(function));
    if constexpr (!std::is_void_v<std::invoke_result_t<F&>>) {
        co_return std::move(*done.value);
    }
}

}  // namespace pinwire
