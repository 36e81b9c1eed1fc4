// Blocking sockets for the other side of a test: a client and a listener that say exactly what the
// test wants said, byte by byte. Each call gives up after five seconds.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace pinwire::http::test {

class raw_socket {
public:
    raw_socket() = default;
    explicit raw_socket(int fd);
    raw_socket(raw_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    raw_socket& operator=(raw_socket&&) = delete;
    ~raw_socket();

    static raw_socket connect(std::uint16_t port);

    int fd() const { return fd_; }
    bool send(std::string_view text);
    std::string read_some();  // empty: ended, reset or silent for five seconds
    std::string read_until(std::string_view mark);  // what came up to it and beyond, or to the end
    std::string read_all();                         // to the end
    bool ends(std::string* said = nullptr);         // true if the peer ends it in time
    void reset();                                   // RST
    void close();

private:
    int fd_ = -1;
};

// Accepts connections on a port of its own and hands each to the script, one after the other, on a
// thread.
class raw_listener {
public:
    using script = std::function<void(raw_socket&)>;

    explicit raw_listener(script play);
    ~raw_listener();
    std::uint16_t port() const { return port_; }
    int accepted() const { return accepted_; }

private:
    int fd_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_{0};
    std::thread thread_;
};

// A port that nobody listens on, while this lives (bound, not listening).
class refused_port {
public:
    refused_port();
    ~refused_port();
    std::uint16_t port() const { return port_; }

private:
    int fd_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace pinwire::http::test
