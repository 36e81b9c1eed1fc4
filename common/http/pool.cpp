#include "common/http/pool.hpp"

#include <algorithm>

namespace pinwire::http {

// A call that waits. Lives in its coroutine's frame.
struct pool::place final : watch::item {
    place(executor ex, pool& in, group& of) : waiting(ex), owner(in), where(of) {}

    void on_deadline() override {
        owner.leave_queue(*this);
        waiting.resume_now(false);
    }

    waiter<bool> waiting;
    pool& owner;
    group& where;
    lease granted;
    bool queued = false;
};

struct pool::group {
    std::string key;
    std::size_t open = 0;                           // connections and leaves to open one
    std::vector<std::shared_ptr<connection>> idle;  // used last: at the back
    std::deque<place*> queue;
    bool hungry = false;  // listed in hungry_
};

pool::lease::lease(lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      group_(std::exchange(other.group_, nullptr)),
      connection_(std::move(other.connection_)) {}

pool::lease& pool::lease::operator=(lease&& other) noexcept {
    give_back();
    pool_ = std::exchange(other.pool_, nullptr);
    group_ = std::exchange(other.group_, nullptr);
    connection_ = std::move(other.connection_);
    return *this;
}

void pool::lease::give_back() {
    if (!pool_) return;
    auto* from = std::exchange(pool_, nullptr);
    auto what = std::move(connection_);
    if (what && what->resting() && !from->abandoned_)
        return from->give_back(*group_, std::move(what));
    if (what) what->close_hard();
    from->slot_is_free(*group_);
}

pool::pool(
    executor ex,
    std::shared_ptr<watch> deadlines,
    const client_settings& limits,
    client_counts& counts
)
    : executor_(ex), watch_(std::move(deadlines)), limits_(limits), counts_(counts) {}

pool::~pool() = default;

void pool::abandon() {
    close_idle();
    abandoned_ = true;
}

pool::group& pool::group_of(const std::string& key) {
    auto found = groups_.find(key);
    if (found == groups_.end()) {
        found = groups_.emplace(key, std::make_unique<group>()).first;
        found->second->key = key;
    }
    return *found->second;
}

void pool::forget_if_unused(group& of) {
    if (of.open == 0 && of.queue.empty() && !of.hungry) groups_.erase(std::string(of.key));
}

pool::lease pool::take(const std::string& key) {
    auto& from = group_of(key);
    if (!from.queue.empty()) return {};  // not past those who wait
    if (!from.idle.empty()) {
        auto what = std::move(from.idle.back());
        from.idle.pop_back();
        --counts_.idle;
        what->unpark();
        return lease(*this, from, std::move(what));
    }
    if (open_slot(from)) return lease(*this, from, nullptr);
    return {};
}

bool pool::open_slot(group& of) {
    if (of.open >= limits_.per_endpoint_max) return false;
    if (counts_.open >= limits_.total_max && !evict_one_idle()) return false;
    ++of.open;
    ++counts_.open;
    return true;
}

// Room for somebody else: the connection that has been idle longest in the first group that has one
// to spare.
bool pool::evict_one_idle() {
    for (auto& [key, one] : groups_) {
        if (one->idle.empty()) continue;
        const auto victim = std::move(one->idle.front());
        one->idle.erase(one->idle.begin());
        victim->unpark();
        victim->close();
        --counts_.idle;
        --counts_.open;
        --one->open;
        forget_if_unused(*one);
        return true;
    }
    return false;
}

awaitable<pool::lease> pool::wait(std::string key, watch::clock::time_point by) {
    auto& where = group_of(key);
    place mine(executor_, *this, where);
    where.queue.push_back(&mine);
    mine.queued = true;
    ++counts_.waiting;
    if (!where.hungry) {
        where.hungry = true;
        hungry_.push_back(&where);
    }
    watch_->arm(mine, by);
    try {
        co_await mine.waiting.wait();
    } catch (...) {
        leave_queue(mine);  // what had been granted goes back with `mine`
        throw;
    }
    co_return std::move(mine.granted);
}

void pool::leave_queue(place& who) {
    watch::disarm(who);
    if (!who.queued) return;
    who.queued = false;
    --counts_.waiting;
    auto& where = who.where;
    where.queue.erase(std::find(where.queue.begin(), where.queue.end(), &who));
    if (where.queue.empty() && where.hungry) {
        where.hungry = false;
        hungry_.remove(&where);
        forget_if_unused(where);
    }
}

// To the first in the queue; there is one.
void pool::grant(group& to, lease what) {
    auto& first = *to.queue.front();
    first.granted = std::move(what);
    leave_queue(first);
    first.waiting.resume(true);
}

void pool::give_back(group& to, std::shared_ptr<connection> what) {
    const auto now = watch::clock::now();
    const bool too_old = now - what->opened_at() >= limits_.age_max;
    const bool others_starve =
        !hungry_.empty() && to.queue.empty() && counts_.open >= limits_.total_max;
    if (too_old || others_starve) {
        what->close();
        return slot_is_free(to);
    }
    if (!to.queue.empty()) return grant(to, lease(*this, to, std::move(what)));
    const auto until = std::min(now + limits_.idle_max, what->opened_at() + limits_.age_max);
    what->park(until, [this, &to](connection& which) { on_idle_end(to, which); });
    to.idle.push_back(std::move(what));
    ++counts_.idle;
}

void pool::on_idle_end(group& of, connection& which) {
    const auto found = std::find_if(of.idle.begin(), of.idle.end(), [&](const auto& one) {
        return one.get() == &which;
    });
    of.idle.erase(found);
    --counts_.idle;
    slot_is_free(of);
}

void pool::slot_is_free(group& of) {
    --of.open;
    --counts_.open;
    if (abandoned_) return;
    if (!of.queue.empty() && open_slot(of)) grant(of, lease(*this, of, nullptr));
    serve_others();
    forget_if_unused(of);
}

void pool::serve_others() {
    for (auto it = hungry_.begin(); it != hungry_.end();) {
        if (counts_.open >= limits_.total_max) return;
        auto& next = **it++;  // grant() may take it off the list
        if (open_slot(next)) grant(next, lease(*this, next, nullptr));
    }
}

void pool::close_idle() {
    for (auto it = groups_.begin(); it != groups_.end();) {
        auto& of = *(it++)->second;
        while (!of.idle.empty()) {
            const auto what = std::move(of.idle.back());
            of.idle.pop_back();
            what->unpark();
            what->close();
            --counts_.idle;
            --counts_.open;
            --of.open;
        }
        forget_if_unused(of);
    }
}

}  // namespace pinwire::http
