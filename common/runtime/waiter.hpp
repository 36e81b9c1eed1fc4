// One suspended coroutine that is to be resumed once, with a value or an exception. The service
// that will resume it owns the waiter, at a stable address, and must resume or abandon it.
// Terminal cancellation resumes it with operation_aborted; after that the service finds it idle.
// Loop thread only.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/runtime/asio.hpp"

namespace pinwire {

template <class T>
class waiter {
public:
    explicit waiter(executor ex) : executor_(std::move(ex)) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    ~waiter() { fail(aborted()); }

    // True while a coroutine hangs here.
    bool waiting() const noexcept { return handler_ != nullptr; }

    // Suspends the caller; to be called once at a time. The optional is never empty on success.
    awaitable<std::optional<T>> wait() {
        return boost::asio::async_initiate<const use_awaitable_t, signature>(
            [this](auto&& handler) { this->park(std::forward<decltype(handler)>(handler)); },
            use_awaitable
        );
    }

    // Resumes the coroutine in a later turn of the loop. False if nobody waits (cancelled).
    bool resume(T value) { return finish(nullptr, std::move(value), false); }
    bool fail(std::exception_ptr error) { return finish(std::move(error), std::nullopt, false); }

    // The same, but at once if the loop is what calls us: for a service that has just come out of
    // the loop and holds no half-changed state.
    bool resume_now(T value) { return finish(nullptr, std::move(value), true); }
    bool fail_now(std::exception_ptr error) { return finish(std::move(error), std::nullopt, true); }

    static std::exception_ptr aborted() {
        return std::make_exception_ptr(
            boost::system::system_error(boost::asio::error::operation_aborted)
        );
    }

private:
    using signature = void(std::exception_ptr, std::optional<T>);

    // Our own erasure: any_completion_handler of Boost 1.81 recurses for ever in its move
    // assignment.
    struct parked {
        virtual ~parked() = default;
        virtual void call(std::exception_ptr error, std::optional<T> value) = 0;
    };
    template <class Handler>
    struct parked_handler final : parked {
        explicit parked_handler(Handler h) : handler(std::move(h)) {}
        void call(std::exception_ptr error, std::optional<T> value) override {
            std::move(handler)(std::move(error), std::move(value));
        }
        Handler handler;
    };

    template <class Handler>
    void park(Handler&& handler) {
        auto slot = boost::asio::get_associated_cancellation_slot(handler);
        handler_ =
            std::make_unique<parked_handler<std::decay_t<Handler>>>(std::forward<Handler>(handler));
        slot_ = slot;
        if (slot.is_connected()) {
            slot.assign([this](boost::asio::cancellation_type) { fail(aborted()); });
        }
    }

    bool finish(std::exception_ptr error, std::optional<T> value, bool now) {
        if (!handler_) return false;
        if (slot_.is_connected()) slot_.clear();
        auto call = [parked_one = std::exchange(handler_, nullptr),
                     error = std::move(error),
                     value = std::move(value)]() mutable {
            parked_one->call(std::move(error), std::move(value));
        };
        if (now) {
            boost::asio::dispatch(executor_, std::move(call));
        } else {
            boost::asio::post(executor_, std::move(call));
        }
        return true;
    }

    executor executor_;
    std::unique_ptr<parked> handler_;
    boost::asio::cancellation_slot slot_;
};

}  // namespace pinwire
