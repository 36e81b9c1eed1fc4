#include "common/postgres/executor.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace pinwire::postgres {

namespace {
constexpr std::chrono::milliseconds back_off_first(100);
constexpr std::chrono::milliseconds back_off_max(1000);
}  // namespace

executor::executor(
    connection_settings settings, std::string thread_name, std::chrono::milliseconds connect_within
)
    : settings_(std::move(settings)),
      connect_within_(connect_within),
      thread_(std::move(thread_name)) {}

executor::~executor() {
    stop();
}

void executor::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.stop();
}

void executor::abandon() {
    {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
        handle_.shut_down();
    }
    stop();
}

bool executor::stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

bool executor::pause(std::chrono::milliseconds span) {
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, span, [this] { return stopping_; });
}

void executor::throw_stopped() {
    throw database_error(trouble::weather, "", "the database executor was stopped");
}

session& executor::connected() {
    if (session_) return *session_;
    const auto give_up = std::chrono::steady_clock::now() + connect_within_;
    for (auto wait = back_off_first;; wait = std::min(wait * 2, back_off_max)) {
        {
            const std::lock_guard lock(mutex_);
            if (abandoned_) throw_stopped();
        }
        try {
            session_ = std::make_unique<session>(settings_, [this](int socket) { keep(socket); });
            return *session_;
        } catch (const database_error&) {
            if (std::chrono::steady_clock::now() + wait > give_up || !pause(wait)) throw;
        }
    }
}

void executor::drop_if_lost() noexcept {
    if (!session_ || session_->usable()) return;
    session_.reset();
    const std::lock_guard lock(mutex_);
    handle_.reset();
}

void executor::keep(int socket) {
    const std::lock_guard lock(mutex_);
    handle_.reset(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
    if (abandoned_) handle_.shut_down();
}

void executor::handle::reset(int descriptor) noexcept {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = descriptor;
}

void executor::handle::shut_down() const noexcept {
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace pinwire::postgres
