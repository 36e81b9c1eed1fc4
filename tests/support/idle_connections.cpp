#include "tests/support/idle_connections.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace pinwire::test {
namespace {

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &made.sin_addr);
    return made;
}

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

void idle_connections::open(std::size_t count, const std::string& from, std::uint16_t to) {
    const auto mine = address_of(from, 0);
    const auto there = address_of("127.0.0.1", to);
    for (std::size_t i = 0; i < count; ++i) {
        const int one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (one < 0) fail("a socket");
        handles_.push_back(one);
        if (::bind(one, reinterpret_cast<const sockaddr*>(&mine), sizeof mine) != 0) fail("bind");
        if (::connect(one, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0)
            fail("connect");
    }
}

std::size_t idle_connections::answered() const {
    std::size_t count = 0;
    for (const int one : handles_) {
        char first = 0;
        if (::recv(one, &first, 1, MSG_DONTWAIT | MSG_PEEK) >= 0) ++count;
    }
    return count;
}

void idle_connections::close() {
    for (const int one : handles_)
        ::close(one);
    handles_.clear();
}

}  // namespace pinwire::test
