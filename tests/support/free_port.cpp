#include "tests/support/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <system_error>

namespace pinwire::test {
namespace {

// Below the range that Linux gives to whoever asks for any port (ip_local_port_range); as
// scripts/lib/common.sh has it.
constexpr int first = 20'000;
constexpr int last = 32'000;

bool is_free(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::system_error(errno, std::system_category(), "a socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const int error = errno;
    ::close(fd);
    if (!bound && error != EADDRINUSE)
        throw std::system_error(error, std::system_category(), "binding a port");
    return bound;
}

}  // namespace

std::uint16_t free_port() {
    static std::mt19937 dice{std::random_device{}()};
    std::uniform_int_distribution<int> any(first, last);
    for (;;) {
        const int port = any(dice);
        if (is_free(port)) return static_cast<std::uint16_t>(port);
    }
}

}  // namespace pinwire::test
