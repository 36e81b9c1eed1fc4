// Counting permits with first-come-first-served waiters: bounds what is in flight. A permit gives
// itself back when it goes. Loop thread only; permits may outlive the semaphore.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "common/runtime/asio.hpp"

namespace pinwire {

class semaphore {
    struct state;

public:
    class permit {
    public:
        permit() = default;
        permit(permit&&) noexcept = default;
        permit& operator=(permit&& other) noexcept;
        ~permit();
        void release();
        bool held() const noexcept { return state_ != nullptr; }

    private:
        friend class semaphore;
        explicit permit(std::shared_ptr<state> from) : state_(std::move(from)) {}
        std::shared_ptr<state> state_;
    };

    semaphore(executor ex, std::size_t permits);
    ~semaphore();

    awaitable<permit> acquire();
    std::optional<permit> try_acquire();  // never overtakes those who wait

    // More permits resume waiters; fewer take effect as permits come back.
    void set_limit(std::size_t permits);

    std::size_t limit() const noexcept;
    std::size_t in_use() const noexcept;
    std::size_t available() const noexcept;  // 0 when over the limit
    std::size_t waiting() const noexcept;

private:
    static awaitable<permit> acquire_from(std::shared_ptr<state> from);

    std::shared_ptr<state> state_;
};

}  // namespace pinwire
