#include "api/waiting_room.hpp"

#include <algorithm>

namespace pinwire::api {

waiting_room::seat::seat(waiting_room& in, job_key of)
    : room_(in), key_(std::move(of)), came_(in.executor_) {
    room_.seats_[key_].push_back(this);
    ++room_.size_;
}

waiting_room::seat::~seat() {
    const auto found = room_.seats_.find(key_);
    std::erase(found->second, this);
    if (found->second.empty()) room_.seats_.erase(found);
    --room_.size_;
}

void waiting_room::seat::tell(const status_event& event) {
    if (newest_ && event.version <= newest_->version) return;
    newest_ = event;
    unseen_ = true;
    came_.notify();
}

awaitable<bool> waiting_room::seat::news(deadline by) {
    while (!unseen_) {
        const bool notified = co_await came_.wait_until(by);
        if (!notified && !unseen_) co_return false;
    }
    unseen_ = false;
    co_return true;
}

std::unique_ptr<waiting_room::seat> waiting_room::enter(
    const account_name& account, const job_id& job
) {
    if (size_ >= most_) return nullptr;
    return std::make_unique<seat>(*this, job_key(account, job));
}

bool waiting_room::tell(const status_event& event) {
    const auto found = seats_.find(job_key(event.account, event.job_id));
    if (found == seats_.end()) return false;
    for (auto* one : found->second)
        one->tell(event);
    return true;
}

}  // namespace pinwire::api
