#include "common/runtime/semaphore.hpp"

#include <list>
#include <utility>

#include "common/runtime/waiter.hpp"

namespace pinwire {

struct semaphore::state : std::enable_shared_from_this<state> {
    struct place {
        explicit place(executor ex) : waiting(std::move(ex)) {}
        waiter<permit> waiting;
        std::list<std::shared_ptr<place>>::iterator at;
        bool in_line = false;
    };

    state(executor e, std::size_t permits) : ex(std::move(e)), limit(permits) {}

    // Leaves the line when the waiting coroutine goes, for whatever reason.
    struct in_line_scope {
        state& owner;
        std::shared_ptr<place> mine;
        ~in_line_scope() {
            if (mine->in_line) owner.line.erase(mine->at);
        }
    };

    permit take() {
        ++used;
        return permit(shared_from_this());
    }

    void give_back() {
        --used;
        serve();
    }

    void serve() {
        while (used < limit && !line.empty()) {
            auto first = std::move(line.front());
            line.pop_front();
            first->in_line = false;
            first->waiting.resume(take());  // cancelled meanwhile: the permit comes back at once
        }
    }

    executor ex;
    std::size_t limit;
    std::size_t used = 0;
    std::list<std::shared_ptr<place>> line;
};

semaphore::permit& semaphore::permit::operator=(permit&& other) noexcept {
    if (this != &other) {
        release();
        state_ = std::move(other.state_);
    }
    return *this;
}

semaphore::permit::~permit() {
    release();
}

void semaphore::permit::release() {
    if (const auto from = std::exchange(state_, nullptr)) from->give_back();
}

semaphore::semaphore(executor ex, std::size_t permits)
    : state_(std::make_shared<state>(std::move(ex), permits)) {}

semaphore::~semaphore() = default;

awaitable<semaphore::permit> semaphore::acquire() {
    return acquire_from(state_);
}

awaitable<semaphore::permit> semaphore::acquire_from(std::shared_ptr<state> from) {
    if (from->line.empty() && from->used < from->limit) co_return from->take();
    auto mine = std::make_shared<state::place>(from->ex);
    mine->at = from->line.insert(from->line.end(), mine);
    mine->in_line = true;
    const state::in_line_scope scope = {*from, mine};
    auto granted = co_await mine->waiting.wait();
    co_return std::move(*granted);
}

std::optional<semaphore::permit> semaphore::try_acquire() {
    if (!state_->line.empty() || state_->used >= state_->limit) return std::nullopt;
    return state_->take();
}

void semaphore::set_limit(std::size_t permits) {
    state_->limit = permits;
    state_->serve();
}

std::size_t semaphore::limit() const noexcept {
    return state_->limit;
}

std::size_t semaphore::in_use() const noexcept {
    return state_->used;
}

std::size_t semaphore::available() const noexcept {
    return state_->used < state_->limit ? state_->limit - state_->used : 0;
}

std::size_t semaphore::waiting() const noexcept {
    return state_->line.size();
}

}  // namespace pinwire
