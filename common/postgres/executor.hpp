// A thread with one connection of its own: blocking database work stays off the loop. Functions run
// in the order they were handed over and get the session; what they throw reaches the caller. A
// lost connection is dropped, and opened anew by the next function that needs it; while the
// database is away that waits 0.1 s, doubled to 1 s, between tries, inside one call never longer
// than `connect_within`, and then throws database_error (weather). Stop it before the io_context
// goes. `run` belongs on the loop; `run_blocking` to any other thread but the executor's own;
// `here` only to functions that already run on thread(), e.g. a batcher's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include "common/postgres/session.hpp"
#include "common/runtime/blocking_thread.hpp"

namespace pinwire::postgres {

class executor {
public:
    executor(
        connection_settings settings,
        std::string thread_name,
        std::chrono::milliseconds connect_within = std::chrono::seconds(2)
    );
    ~executor();  // stop, and wait for what runs
    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;

    template <class F>
    awaitable<std::invoke_result_t<F&, session&>> run(F function) {
        if (stopping()) throw_stopped();
        auto call = [this, f = std::move(function)]() mutable { return here(f); };
        return run_on(thread_, std::move(call));
    }

    template <class F>
    std::invoke_result_t<F&, session&> run_blocking(F function) {
        using value = std::invoke_result_t<F&, session&>;
        std::packaged_task<value()> task([this, f = std::move(function)]() mutable {
            return here(f);
        });
        auto answer = task.get_future();
        if (!thread_.post(std::move(task))) throw_stopped();
        return answer.get();
    }

    template <class F>
    std::invoke_result_t<F&, session&> here(F&& function) {
        guard after(*this);
        return function(connected());
    }

    // For a batcher that shares this connection.
    blocking_thread& thread() noexcept { return thread_; }

    // Takes nothing more and ends the waits; what is queued still runs. Any thread.
    void stop();
    // Stops, and breaks the connection under whatever waits for its answer, which may be for ever
    // where a database says nothing; it is in doubt then. Nothing that is queued connects anew.
    // Any thread.
    void abandon();
    bool stopping() const;
    // Sleeps on the executor's thread, shorter when stop() comes; false then.
    bool pause(std::chrono::milliseconds);

private:
    // A second descriptor of the session's socket: its number is nobody else's by the time that it
    // is shut down.
    class handle {
    public:
        handle() = default;
        handle(const handle&) = delete;
        handle& operator=(const handle&) = delete;
        ~handle() { reset(); }
        void reset(int descriptor = -1) noexcept;
        void shut_down() const noexcept;

    private:
        int descriptor_ = -1;
    };

    // Drops a connection that was lost, however the function ended.
    struct guard {
        explicit guard(executor& of) : owner(of) {}
        ~guard() { owner.drop_if_lost(); }
        executor& owner;
    };

    session& connected();
    void drop_if_lost() noexcept;
    void keep(int socket);
    [[noreturn]] static void throw_stopped();

    const connection_settings settings_;
    const std::chrono::milliseconds connect_within_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    bool abandoned_ = false;
    handle handle_;
    std::unique_ptr<session> session_;  // only the thread touches it
    blocking_thread thread_;            // last: ends first
};

}  // namespace pinwire::postgres
