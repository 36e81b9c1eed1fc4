#include "tests/support/customer_front.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace pinwire::test {
namespace {

constexpr int drip_ms = 50;
constexpr std::uint64_t flood_max = 300ull * 1024 * 1024;

sockaddr_in place_of(const char* address, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    ::inet_pton(AF_INET, address, &made.sin_addr);
    made.sin_port = htons(port);
    return made;
}

bool send_all(int to, std::string_view text) {
    while (!text.empty()) {
        const auto n = ::send(to, text.data(), text.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

// False: the peer went away before its request was whole.
bool read_request(int peer) {
    std::string came;
    for (char bytes[16384];;) {
        const auto n = ::recv(peer, bytes, sizeof bytes, 0);
        if (n <= 0) return false;
        came.append(bytes, static_cast<std::size_t>(n));
        const auto end = came.find("\r\n\r\n");
        if (end == std::string::npos) continue;
        const std::string_view field = "Content-Length: ";
        const auto at = came.find(field);
        const auto length = at < end ? std::stoul(came.substr(at + field.size())) : 0;
        if (came.size() >= end + 4 + length) return true;
    }
}

void read_to_the_end(int peer) {
    char bytes[16384];
    while (::recv(peer, bytes, sizeof bytes, 0) > 0) {
    }
}

// Until the peer has had enough.
void drip(int peer) {
    for (;;) {
        pollfd one{peer, POLLIN, 0};
        if (::poll(&one, 1, drip_ms) != 0) return;
        if (!send_all(peer, "x")) return;
    }
}

bool forward(int from, int to) {
    char bytes[16384];
    const auto n = ::recv(from, bytes, sizeof bytes, 0);
    return n > 0 && send_all(to, std::string_view(bytes, static_cast<std::size_t>(n)));
}

}  // namespace

customer_front::customer_front(const char* address, std::uint16_t port, std::uint16_t behind)
    : address_(address), behind_(behind), port_(port) {
    open();
}

customer_front::~customer_front() {
    close();
}

void customer_front::open() {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    auto where = place_of(address_.c_str(), port_);
    socklen_t size = sizeof where;
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&where), size) != 0 ||
        ::listen(descriptor_, 1024) != 0)
        throw std::runtime_error("the customer's front can't listen on " + address_);
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&where), &size);
    port_ = ntohs(where.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
}

void customer_front::close() {
    if (descriptor_ < 0) return;
    ::shutdown(descriptor_, SHUT_RDWR);
    accepting_.join();
    ::close(std::exchange(descriptor_, -1));
    for (auto& one : visits_)
        ::shutdown(one.peer, SHUT_RDWR);
    for (auto& one : visits_) {
        one.thread.join();
        ::close(one.peer);
    }
    visits_.clear();
}

void customer_front::be(conduct how, std::string text) {
    close();
    how_ = how;
    text_ = std::move(text);
    if (how != conduct::refuses) open();
}

void customer_front::accept_all() {
    for (;;) {
        const int peer = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
        if (peer < 0) return;
        ++accepted_;
        const std::lock_guard lock(mutex_);
        std::erase_if(visits_, [](visit& one) {
            if (!one.over) return false;
            one.thread.join();
            ::close(one.peer);
            return true;
        });
        auto& made = visits_.emplace_back();
        made.peer = peer;
        made.thread = std::thread([this, &made] {
            serve(made.peer);
            const std::lock_guard end(mutex_);
            made.over = true;
        });
    }
}

void customer_front::serve(int peer) {
    if (how_ == conduct::passes) {
        pass(peer);
    } else if (how_ == conduct::says_nothing) {
        return read_to_the_end(peer);
    } else if (read_request(peer) && send_all(peer, text_)) {
        if (how_ == conduct::drips) drip(peer);
        if (how_ == conduct::floods) flood(peer);
        if (how_ == conduct::breaks_off) {
            const sockaddr nobody{AF_UNSPEC, {}};
            ::connect(peer, &nobody, sizeof nobody);  // a reset, and the descriptor stays
            return;
        }
        ::shutdown(peer, SHUT_WR);
        return read_to_the_end(peer);
    }
    ::shutdown(peer, SHUT_RDWR);
}

void customer_front::pass(int peer) {
    const int far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto where = place_of("127.0.0.1", behind_);
    bool both = ::connect(far, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
    while (both) {
        pollfd ends[] = {{peer, POLLIN, 0}, {far, POLLIN, 0}};
        if (::poll(ends, 2, -1) < 0) break;
        if (ends[0].revents != 0) both = forward(peer, far);
        if (both && ends[1].revents != 0) both = forward(far, peer);
    }
    ::close(far);
}

void customer_front::flood(int peer) {
    const std::string block(65536, 'x');
    for (std::uint64_t sent = 0; sent < flood_max; sent += block.size()) {
        if (!send_all(peer, block)) return;
        flooded_ += block.size();
    }
}

}  // namespace pinwire::test
