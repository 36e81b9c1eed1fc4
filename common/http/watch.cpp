#include "common/http/watch.hpp"

#include <algorithm>

namespace pinwire::http {

void watch::arm(item& who, clock::time_point deadline) {
    who.deadline_ = deadline;
    if (!who.is_linked()) items_.push_back(who);
    if (deadline < wakes_at_ && !stopped_) sleep_until(deadline);
}

void watch::disarm(item& who) {
    if (who.is_linked()) who.unlink();
}

void watch::stop() {
    stopped_ = true;
    timer_.cancel();
    items due;
    due.swap(items_);
    while (!due.empty()) {
        auto& one = due.front();
        one.unlink();
        one.on_deadline();
    }
}

void watch::sleep_until(clock::time_point when) {
    wakes_at_ = when;
    timer_.expires_at(when);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error && !self->stopped_) self->wake();
    });
}

void watch::wake() {
    const auto now = clock::now();
    auto next = clock::time_point::max();
    items due;
    for (auto it = items_.begin(); it != items_.end();) {
        auto& one = *it++;
        if (one.deadline_ <= now) {
            one.unlink();
            due.push_back(one);
        } else {
            next = std::min(next, one.deadline_);
        }
    }
    // Set before anyone is called: they may arm new deadlines.
    wakes_at_ = clock::time_point::max();
    if (!items_.empty()) sleep_until(std::max(next, now + grain));
    // A call may end and destroy other items that are due: they unlink themselves.
    while (!due.empty()) {
        auto& one = due.front();
        one.unlink();
        one.on_deadline();
    }
}

}  // namespace pinwire::http
