#include "common/http/ares_sockets.hpp"

#include <sys/time.h>

namespace pinwire::http {
using boost::system::error_code;

void ares_sockets::on_state(void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<ares_sockets*>(self)->change(fd, readable != 0, writable != 0);
}

void ares_sockets::change(ares_socket_t number, bool readable, bool writable) {
    auto found = watched_.find(number);
    if (!readable && !writable) {
        if (found == watched_.end()) return;
        // c-ares closes it itself; releasing ends our waits.
        found->second->fd.release();
        watched_.erase(found);
        return;
    }
    if (found == watched_.end()) {
        auto one = std::make_shared<watched>(context_);
        one->fd.assign(number);
        found = watched_.emplace(number, std::move(one)).first;
    }
    const auto one = found->second;
    one->want_read = readable;
    one->want_write = writable;
    wait(number, one);
}

void ares_sockets::wait(ares_socket_t number, const std::shared_ptr<watched>& one) {
    if (!one->fd.is_open()) return;
    if (one->want_read && !std::exchange(one->reading, true)) {
        auto ready = [self = shared_from_this(), number, one](const error_code& error) {
            one->reading = false;
            if (error || !one->fd.is_open()) return;
            self->process(number, ARES_SOCKET_BAD);
            self->wait(number, one);
        };
        one->fd.async_wait(boost::asio::posix::descriptor_base::wait_read, std::move(ready));
    }
    if (one->want_write && !std::exchange(one->writing, true)) {
        auto ready = [self = shared_from_this(), number, one](const error_code& error) {
            one->writing = false;
            if (error || !one->fd.is_open()) return;
            self->process(ARES_SOCKET_BAD, number);
            self->wait(number, one);
        };
        one->fd.async_wait(boost::asio::posix::descriptor_base::wait_write, std::move(ready));
    }
}

void ares_sockets::process(ares_socket_t to_read, ares_socket_t to_write) {
    if (!channel_) return;
    ares_process_fd(channel_, to_read, to_write);
    rearm();
}

void ares_sockets::rearm() {
    if (!channel_) return;
    timeval next{};
    if (!ares_timeout(channel_, nullptr, &next)) {
        timer_.cancel();
        return;
    }
    // One more: c-ares counts in milliseconds and finds nothing to do when asked a hair too early.
    timer_.expires_after(
        std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec) +
        std::chrono::milliseconds(1)
    );
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error) self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

void ares_sockets::stop() {
    channel_ = nullptr;
    timer_.cancel();
    for (auto& [number, one] : watched_)
        one->fd.release();
    watched_.clear();
}

}  // namespace pinwire::http
