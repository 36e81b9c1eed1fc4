// A customer's front door on an address of its own: in front of whatever answers on a port of
// loopback, it passes bytes on, and may misbehave as customers' servers do. A thread for each
// connection; ended with the object. Used from one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace pinwire::test {

enum class conduct {
    passes,   // well
    refuses,  // nobody listens
    says_nothing,
    answers,     // `text`, and ends the connection
    drips,       // `text`, then a byte now and then for as long as the peer waits
    floods,      // `text`, then as many bytes as the peer takes, up to 300 MB
    breaks_off,  // `text`, then a reset
};

class customer_front {
public:
    // `address`: of loopback. `port`: 0: any free one.
    customer_front(const char* address, std::uint16_t port, std::uint16_t behind);
    ~customer_front();
    customer_front(const customer_front&) = delete;
    customer_front& operator=(const customer_front&) = delete;

    std::uint16_t port() const { return port_; }
    std::uint64_t accepted() const { return accepted_; }
    std::uint64_t flooded() const { return flooded_; }  // bytes that somebody took
    // From now on; connections that are open are cut.
    void be(conduct how, std::string text = "");

private:
    struct visit {
        int peer = -1;
        bool over = false;
        std::thread thread;
    };

    void open();
    void close();
    void accept_all();
    void serve(int peer);
    void pass(int peer);
    void flood(int peer);

    const std::string address_;
    const std::uint16_t behind_;
    std::uint16_t port_ = 0;
    int descriptor_ = -1;
    std::atomic<std::uint64_t> accepted_{0};
    std::atomic<std::uint64_t> flooded_{0};
    std::mutex mutex_;
    conduct how_ = conduct::passes;
    std::string text_;
    std::list<visit> visits_;
    std::thread accepting_;
};

}  // namespace pinwire::test
