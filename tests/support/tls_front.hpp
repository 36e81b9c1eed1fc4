// A carrier's front door: TLS on a port of its own, and behind it whatever answers on a port of
// loopback. It can show another certificate and cut all its connections, as a carrier does that
// moves or whose certificate ran out. A thread for each connection; ended with the object.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace pinwire::test {

class tls_front {
public:
    // `certificate_file`: a certificate and its key (PEM), as certificates::make gives them.
    // `port`: 0: any free one.
    tls_front(std::uint16_t behind, const std::string& certificate_file, std::uint16_t port = 0);
    ~tls_front();
    tls_front(const tls_front&) = delete;
    tls_front& operator=(const tls_front&) = delete;

    std::uint16_t port() const { return port_; }
    // To connections from now on.
    void show(const std::string& certificate_file);
    // Ends those that are open, in the middle of whatever they do.
    void cut();

private:
    using context = std::shared_ptr<SSL_CTX>;
    struct passage {
        int peer = -1;
        bool over = false;
        std::thread thread;
    };

    void accept_all();
    void serve(passage& which, const context& with);
    void forget_ended();

    const std::uint16_t behind_;
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    context context_;
    std::list<passage> passages_;
    std::thread accepting_;
};

}  // namespace pinwire::test
