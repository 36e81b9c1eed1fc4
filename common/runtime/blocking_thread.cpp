#include "common/runtime/blocking_thread.hpp"

#include <pthread.h>

#include <algorithm>

namespace pinwire {

blocking_thread::blocking_thread(std::string name) : thread_([this] { work(); }) {
    name.resize(std::min<std::size_t>(name.size(), 15));
    ::pthread_setname_np(thread_.native_handle(), name.c_str());
}

blocking_thread::~blocking_thread() {
    stop();
    thread_.join();
}

bool blocking_thread::push(std::unique_ptr<job> next) {
    const std::lock_guard lock(mutex_);
    if (stopped_) return false;
    jobs_.push_back(std::move(next));
    wake_.notify_one();
    return true;
}

void blocking_thread::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_.notify_one();
}

std::size_t blocking_thread::queued() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
}

void blocking_thread::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        auto next = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        next->run();
        next.reset();  // its captures go here, not under the lock
        lock.lock();
    }
}

}  // namespace pinwire
