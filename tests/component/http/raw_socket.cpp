#include "tests/component/http/raw_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace pinwire::http::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    out.sin_port = htons(port);
    return out;
}

const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

std::uint16_t bind_any(int fd) {
    auto address = loopback(0);
    if (::bind(fd, generic(address), sizeof address) != 0) throw std::runtime_error("bind");
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

}  // namespace

raw_socket::raw_socket(int fd) : fd_(fd) {
    const timeval limit{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

raw_socket::~raw_socket() {
    close();
}

raw_socket raw_socket::connect(std::uint16_t port) {
    raw_socket out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = loopback(port);
    if (::connect(out.fd_, generic(address), sizeof address) != 0) {
        throw std::runtime_error("connect");
    }
    return out;
}

bool raw_socket::send(std::string_view text) {
    while (!text.empty()) {
        const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

std::string raw_socket::read_some() {
    char buffer[16384];
    const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
}

std::string raw_socket::read_until(std::string_view mark) {
    std::string out;
    while (out.find(mark) == std::string::npos) {
        const auto more = read_some();
        if (more.empty()) break;
        out += more;
    }
    return out;
}

std::string raw_socket::read_all() {
    std::string out;
    ends(&out);
    return out;
}

bool raw_socket::ends(std::string* said) {
    for (;;) {
        char buffer[16384];
        const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
        if (n == 0) return true;
        if (n < 0) return errno == ECONNRESET;
        if (said) said->append(buffer, static_cast<std::size_t>(n));
    }
}

void raw_socket::reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

void raw_socket::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

raw_listener::raw_listener(script play) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    port_ = bind_any(fd_);
    ::listen(fd_, 64);
    thread_ = std::thread([this, play = std::move(play)] {
        for (;;) {
            const int fd = ::accept(fd_, nullptr, nullptr);
            if (fd < 0) return;
            ++accepted_;
            raw_socket one(fd);
            play(one);
        }
    });
}

raw_listener::~raw_listener() {
    ::shutdown(fd_, SHUT_RDWR);  // ends accept()
    thread_.join();
    ::close(fd_);
}

refused_port::refused_port() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    port_ = bind_any(fd_);
}

refused_port::~refused_port() {
    ::close(fd_);
}

}  // namespace pinwire::http::test
