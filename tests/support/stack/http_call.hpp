// One HTTP/1.1 request to a program on loopback, blocking, over a connection of its own: for tests
// that ask the simulator or a service's listener. Throws std::runtime_error when no whole answer
// comes within the limit.
#pragma once

#include <chrono>
#include <string>

namespace pinwire::test {

struct http_answer {
    int status = 0;
    std::string body;
    std::string head;  // status line and header fields

    std::string field(const std::string& name) const;  // a header field; empty: it isn't there
};

// `origin`: HOST:PORT, with or without http:// before it; HOST is an IPv4 address.
http_answer http_call(
    const std::string& origin,
    const std::string& method,
    const std::string& target,
    const std::string& body = "",
    const std::string& content_type = "application/json",
    std::chrono::milliseconds limit = std::chrono::seconds(15),
    const std::string& more_headers = ""  // whole lines, each with its CRLF
);

}  // namespace pinwire::test
