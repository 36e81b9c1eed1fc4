// A little HTTP proxy on a port of its own: CONNECT, and requests in absolute form. Every name
// leads to loopback, so that a name which nobody can look up is reached through it and not without
// it. Threads of its own; ended with the object.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pinwire::test {

class http_proxy {
public:
    // `authorization`: what Proxy-Authorization must say; empty: nothing is asked for.
    explicit http_proxy(std::string authorization = "");
    ~http_proxy();
    http_proxy(const http_proxy&) = delete;
    http_proxy& operator=(const http_proxy&) = delete;

    std::uint16_t port() const { return port_; }
    std::vector<std::string> asked() const;  // the first line of each request to it
    // It answers CONNECT with this instead of opening the way.
    void refuse_with(const std::string& answer) { refusal_ = answer; }

private:
    void accept_all();
    void serve(int peer);
    void note(const std::string& head);
    bool may(const std::string& head) const;

    const std::string authorization_;
    std::string refusal_;
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> asked_;
    std::vector<int> open_;
    std::vector<std::thread> serving_;
    std::thread accepting_;
};

}  // namespace pinwire::test
