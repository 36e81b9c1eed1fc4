// A first-come-first-served lock for each key. The place in line is taken by enqueue, at once and
// without waiting, because messages are ordered when they are polled and not when their coroutine
// gets to run. A key's entry vanishes with its last ticket. Loop thread only; tickets and guards
// may outlive the keyed_lock.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "common/runtime/asio.hpp"

namespace pinwire {

class keyed_lock {
    struct state;
    struct place;

public:
    // Holds the key until release or destruction; then the next in line is resumed.
    class guard {
    public:
        guard() = default;
        guard(guard&&) noexcept = default;
        guard& operator=(guard&& other) noexcept;
        ~guard();
        void release();
        bool held() const noexcept { return place_ != nullptr; }

    private:
        friend class keyed_lock;
        explicit guard(std::shared_ptr<place> held) : place_(std::move(held)) {}
        std::shared_ptr<place> place_;
    };

    // A place in the line of one key. Dropping it unused leaves the line.
    class ticket {
    public:
        ticket() = default;
        ticket(ticket&&) noexcept = default;
        ticket& operator=(ticket&& other) noexcept;
        ~ticket();
        bool ready() const noexcept;        // true: wait() won't suspend
        std::size_t line() const noexcept;  // how many stand in its line, itself among them
        // Once. The ticket may be gone before the returned awaitable is run.
        awaitable<guard> wait();

    private:
        friend class keyed_lock;
        explicit ticket(std::shared_ptr<place> in_line) : place_(std::move(in_line)) {}
        std::shared_ptr<place> place_;
    };

    explicit keyed_lock(executor ex);
    ~keyed_lock();

    ticket enqueue(std::string key);
    awaitable<guard> lock(std::string key);  // enqueue at the call, then wait
    std::optional<guard> try_lock(std::string key);
    std::size_t keys() const noexcept;  // in use

private:
    static awaitable<guard> wait_for(guard mine);
    static void leave(std::shared_ptr<place>& place);

    std::shared_ptr<state> state_;
};

}  // namespace pinwire
