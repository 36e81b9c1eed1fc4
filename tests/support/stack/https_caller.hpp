// A carrier or a customer at a TLS port of loopback: one connection, kept open, that may come from
// any address of 127.0.0.0/8 and show a certificate. Blocking, each read bounded by 30 s. Throws
// std::runtime_error, with OpenSSL's word for it, when there is no handshake or no whole answer.
// Each thread may use its own.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/stack/http_call.hpp"

namespace pinwire::test {

struct https_how {
    std::uint16_t port = 0;
    std::string name;                // asked for, and what the certificate must say
    std::string authority;           // its certificate (PEM)
    std::string certificate;         // to be shown, with its key (PEM); empty: none
    std::string from = "127.0.0.1";  // our address
    int version = 0;                 // TLS1_2_VERSION: that one alone; 0: any
    std::string before;              // sent in the clear, before TLS begins
};

class https_caller {
public:
    explicit https_caller(const https_how& how);
    ~https_caller();
    https_caller(const https_caller&) = delete;
    https_caller& operator=(const https_caller&) = delete;

    http_answer call(
        const std::string& method,
        const std::string& target,
        const std::string& body = "",
        const std::string& more_headers = "",  // whole lines, each with its CRLF
        const std::string& content_type = "application/json"
    );

    // Bytes as they are, and one answer.
    void send(const std::string& bytes);
    http_answer answer();

    int version() const { return SSL_version(tls_.get()); }

private:
    void connect(const https_how& how);
    bool read_more();

    std::string name_;
    int handle_ = -1;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
    std::string read_;
};

}  // namespace pinwire::test
