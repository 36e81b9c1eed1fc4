#include "cli/top/looker.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace pinwire::cli {

looker::looker(std::function<look()> take, std::chrono::milliseconds interval)
    : take_(std::move(take)),
      interval_(interval),
      descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    thread_ = std::thread([this] { run(); });
}

looker::~looker() {
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    wake_.notify_all();
    thread_.join();
    ::close(descriptor_);
}

std::optional<look> looker::newest() {
    const std::lock_guard lock(mutex_);
    std::uint64_t ignored = 0;
    static_cast<void>(::read(descriptor_, &ignored, sizeof ignored) == sizeof ignored);
    return std::exchange(newest_, std::nullopt);
}

void looker::run() {
    auto next = std::chrono::steady_clock::now();
    do {
        auto taken = take_();
        {
            const std::lock_guard lock(mutex_);
            newest_ = std::move(taken);
            const std::uint64_t one = 1;
            static_cast<void>(::write(descriptor_, &one, sizeof one) == sizeof one);
        }
        // After a look that took longer: never two in a row without a pause.
        next = std::max(next + interval_, std::chrono::steady_clock::now() + interval_ / 2);
    } while (wait_until(next));
}

bool looker::wait_until(steady_point next) {
    std::unique_lock lock(mutex_);
    return !wake_.wait_until(lock, next, [this] { return ends_; });
}

}  // namespace pinwire::cli
