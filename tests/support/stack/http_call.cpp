#include "tests/support/stack/http_call.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/config/descriptor.hpp"

namespace pinwire::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

sockaddr_in address_of(const std::string& origin) {
    std::string where = origin;
    if (where.starts_with("http://")) where = where.substr(7);
    const auto colon = where.rfind(':');
    sockaddr_in made{};
    made.sin_family = AF_INET;
    if (colon == std::string::npos ||
        ::inet_pton(AF_INET, where.substr(0, colon).c_str(), &made.sin_addr) != 1)
        throw std::runtime_error("not IPV4:PORT: " + origin);
    made.sin_port = htons(static_cast<std::uint16_t>(std::stoi(where.substr(colon + 1))));
    return made;
}

void send_all(int handle, const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto got = ::send(handle, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (got <= 0) fail("sending a request");
        sent += static_cast<std::size_t>(got);
    }
}

std::string read_to_end(int handle) {
    std::string all;
    char buffer[65536];
    for (;;) {
        const auto got = ::recv(handle, buffer, sizeof buffer, 0);
        if (got < 0) fail("reading an answer");
        if (got == 0) return all;
        all.append(buffer, static_cast<std::size_t>(got));
    }
}

}  // namespace

std::string http_answer::field(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

http_answer http_call(
    const std::string& origin,
    const std::string& method,
    const std::string& target,
    const std::string& body,
    const std::string& content_type,
    std::chrono::milliseconds limit,
    const std::string& more_headers
) {
    const auto where = address_of(origin);
    const descriptor connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    timeval patience{};
    patience.tv_sec = static_cast<time_t>(limit.count() / 1000);
    patience.tv_usec = static_cast<suseconds_t>(limit.count() % 1000 * 1000);
    ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const auto* raw = reinterpret_cast<const sockaddr*>(&where);
    if (::connect(connection.get(), raw, sizeof where) != 0) fail("connecting to " + origin);
    std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", method, target);
    if (!body.empty()) head += fmt::format("Content-Type: {}\r\n", content_type);
    head += more_headers;
    head += fmt::format("Content-Length: {}\r\nConnection: close\r\n\r\n", body.size());
    send_all(connection.get(), head + body);
    const auto answer = read_to_end(connection.get());
    const auto end = answer.find("\r\n\r\n");
    if (!answer.starts_with("HTTP/1.1 ") || end == std::string::npos)
        throw std::runtime_error(method + " " + target + ": no whole answer");
    http_answer made;
    made.status = std::stoi(answer.substr(9, 3));
    made.body = answer.substr(end + 4);
    made.head = answer.substr(0, end + 2);
    return made;
}

}  // namespace pinwire::test
