#include "common/runtime/keyed_lock.hpp"

#include <list>
#include <unordered_map>
#include <utility>
#include <variant>

#include "common/runtime/waiter.hpp"

namespace pinwire {

struct keyed_lock::state {
    using line = std::list<place*>;

    explicit state(executor e) : ex(std::move(e)) {}

    executor ex;
    std::unordered_map<std::string, line> lines;  // the first of a line holds the key
};

struct keyed_lock::place {
    explicit place(const std::shared_ptr<state>& s) : owner(s), waiting(s->ex) {}

    std::shared_ptr<state> owner;
    std::pair<const std::string, state::line>* entry = nullptr;  // stable until its line is empty
    state::line::iterator at;
    waiter<std::monostate> waiting;

    bool first() const { return entry->second.front() == this; }
};

void keyed_lock::leave(std::shared_ptr<place>& held) {
    const auto mine = std::exchange(held, nullptr);
    if (!mine) return;
    auto& line = mine->entry->second;
    const bool was_first = mine->first();
    line.erase(mine->at);
    if (line.empty()) {
        // Copied: erasing by a reference to what is erased is asking for trouble.
        const std::string key = mine->entry->first;
        mine->owner->lines.erase(key);
    } else if (was_first) {
        line.front()->waiting.resume(std::monostate());
    }
}

keyed_lock::guard& keyed_lock::guard::operator=(guard&& other) noexcept {
    if (this != &other) {
        release();
        place_ = std::move(other.place_);
    }
    return *this;
}

keyed_lock::guard::~guard() {
    release();
}

void keyed_lock::guard::release() {
    leave(place_);
}

keyed_lock::ticket& keyed_lock::ticket::operator=(ticket&& other) noexcept {
    if (this != &other) {
        leave(place_);
        place_ = std::move(other.place_);
    }
    return *this;
}

keyed_lock::ticket::~ticket() {
    leave(place_);
}

bool keyed_lock::ticket::ready() const noexcept {
    return place_ && place_->first();
}

std::size_t keyed_lock::ticket::line() const noexcept {
    return place_ ? place_->entry->second.size() : 0;
}

awaitable<keyed_lock::guard> keyed_lock::ticket::wait() {
    return wait_for(guard(std::move(place_)));
}

keyed_lock::keyed_lock(executor ex) : state_(std::make_shared<state>(std::move(ex))) {}

keyed_lock::~keyed_lock() = default;

keyed_lock::ticket keyed_lock::enqueue(std::string key) {
    auto mine = std::make_shared<place>(state_);
    const auto found = state_->lines.try_emplace(std::move(key)).first;
    mine->entry = &*found;
    mine->at = found->second.insert(found->second.end(), mine.get());
    return ticket(std::move(mine));
}

awaitable<keyed_lock::guard> keyed_lock::lock(std::string key) {
    return enqueue(std::move(key)).wait();
}

std::optional<keyed_lock::guard> keyed_lock::try_lock(std::string key) {
    if (state_->lines.contains(key)) return std::nullopt;
    return guard(std::move(enqueue(std::move(key)).place_));
}

std::size_t keyed_lock::keys() const noexcept {
    return state_->lines.size();
}

// The guard is a parameter, so that even an awaitable that is never run leaves the line.
awaitable<keyed_lock::guard> keyed_lock::wait_for(guard mine) {
    if (!mine.place_->first()) {
        const auto in_line = mine.place_;
        co_await in_line->waiting.wait();
    }
    co_return std::move(mine);
}

}  // namespace pinwire
