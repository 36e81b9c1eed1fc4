#include "tests/support/http_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <stdexcept>

namespace pinwire::test {
namespace {

constexpr const char* end_of_head = "\r\n\r\n";

sockaddr_in loopback(int port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    return made;
}

bool send_all(int to, const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
        const auto n = ::send(to, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return false;
        sent += static_cast<std::size_t>(n);
    }
    return true;
}

// One message: its head and as much body as Content-Length says. False: the peer has ended.
bool read_message(int from, std::string& head, std::string& body) {
    head.clear();
    std::string all;
    char bytes[4096];
    auto end = all.find(end_of_head);
    std::size_t wanted = 0;
    while (end == std::string::npos || all.size() < wanted) {
        const auto n = ::recv(from, bytes, sizeof bytes, 0);
        if (n <= 0) return false;
        all.append(bytes, static_cast<std::size_t>(n));
        end = all.find(end_of_head);
        if (end == std::string::npos) continue;
        const auto at = all.find("Content-Length: ");
        const auto length = at < end ? std::strtoul(all.c_str() + at + 16, nullptr, 10) : 0;
        wanted = end + 4 + length;
    }
    head = all.substr(0, end + 4);
    body = all.substr(end + 4);
    return true;
}

// "host:port" -> a connection to that port of loopback; -1: nobody listens.
int reach(const std::string& authority) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port = 0;
    const auto* begin = authority.data() + authority.rfind(':') + 1;
    std::from_chars(begin, authority.data() + authority.size(), port);
    const auto where = loopback(port);
    if (::connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return made;
    ::close(made);
    return -1;
}

bool pass(int from, int to) {
    char bytes[16384];
    const auto n = ::recv(from, bytes, sizeof bytes, 0);
    return n > 0 && send_all(to, std::string(bytes, static_cast<std::size_t>(n)));
}

void pump(int one, int other) {
    for (bool both = true; both;) {
        pollfd ends[] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
        if (::poll(ends, 2, -1) < 0) return;
        if (ends[0].revents != 0) both = pass(one, other);
        if (both && ends[1].revents != 0) both = pass(other, one);
    }
}

void forward(int peer, const std::string& head, const std::string& body) {
    const auto begin = head.find("http://") + 7;
    const auto path = head.find('/', begin);
    const auto authority = head.substr(begin, path - begin);
    const int far = reach(authority);
    if (far < 0) {
        send_all(peer, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    std::string answer_head;
    std::string answer;
    send_all(far, head.substr(0, head.find(' ') + 1) + head.substr(path) + body);
    if (read_message(far, answer_head, answer)) send_all(peer, answer_head + answer);
    ::close(far);
}

}  // namespace

http_proxy::http_proxy(std::string authorization) : authorization_(std::move(authorization)) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto where = loopback(0);
    socklen_t size = sizeof where;
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&where), size) != 0 ||
        ::listen(descriptor_, 64) != 0)
        throw std::runtime_error("the proxy can't listen");
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&where), &size);
    port_ = ntohs(where.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
}

http_proxy::~http_proxy() {
    ::shutdown(descriptor_, SHUT_RDWR);
    accepting_.join();
    ::close(descriptor_);
    {
        const std::lock_guard lock(mutex_);
        for (const int one : open_)
            ::shutdown(one, SHUT_RDWR);
    }
    for (auto& one : serving_)
        one.join();
    for (const int one : open_)
        ::close(one);
}

void http_proxy::accept_all() {
    for (;;) {
        const int peer = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
        if (peer < 0) return;
        const std::lock_guard lock(mutex_);
        open_.push_back(peer);
        serving_.emplace_back([this, peer] {
            serve(peer);
            ::shutdown(peer, SHUT_RDWR);
        });
    }
}

void http_proxy::note(const std::string& head) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(head.substr(0, head.find("\r\n")));
}

bool http_proxy::may(const std::string& head) const {
    const auto wanted = "Proxy-Authorization: " + authorization_ + "\r\n";
    return authorization_.empty() || head.find(wanted) != std::string::npos;
}

void http_proxy::serve(int peer) {
    std::string head;
    std::string body;
    while (read_message(peer, head, body)) {
        note(head);
        const bool tunnel = head.rfind("CONNECT ", 0) == 0;
        if (!may(head)) {
            send_all(
                peer, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
            );
        } else if (!tunnel) {
            forward(peer, head, body);
        } else if (!refusal_.empty()) {
            send_all(peer, refusal_);
            return;
        } else {
            const int far = reach(head.substr(8, head.find(' ', 8) - 8));
            if (far < 0) return;
            send_all(peer, "HTTP/1.1 200 Connection established\r\n\r\n");
            pump(peer, far);
            ::close(far);
            return;
        }
    }
}

std::vector<std::string> http_proxy::asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
}

}  // namespace pinwire::test
