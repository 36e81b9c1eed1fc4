// The other side of a TLS connection, by OpenSSL itself: serves requests with an empty body until
// the peer says goodbye. For raw_listener; what it saw is read when the connection has ended.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <atomic>
#include <string>
#include <string_view>

#include "tests/component/http/raw_socket.hpp"

namespace pinwire::http::test {

class tls_script {
public:
    explicit tls_script(const std::string& file) : context_(SSL_CTX_new(TLS_server_method())) {
        SSL_CTX_use_certificate_chain_file(context_, file.c_str());
        SSL_CTX_use_PrivateKey_file(context_, file.c_str(), SSL_FILETYPE_PEM);
    }
    ~tls_script() { SSL_CTX_free(context_); }
    tls_script(const tls_script&) = delete;
    tls_script& operator=(const tls_script&) = delete;

    void limit_to(int version) { SSL_CTX_set_max_proto_version(context_, version); }
    void ask_for_certificates_of(const std::string& authority) {
        SSL_CTX_load_verify_locations(context_, authority.c_str(), nullptr);
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }

    void operator()(raw_socket& peer) {
        SSL* tls = SSL_new(context_);
        SSL_set_fd(tls, peer.fd());
        if (SSL_accept(tls) == 1) {
            if (const char* name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name)) sni = name;
            note_peer(tls);
            serve(tls);
        }
        SSL_free(tls);
        ERR_clear_error();
    }

    std::atomic<int> requests{0};
    std::atomic<bool> said_goodbye{false};
    std::string sni;
    std::string client;  // the common name of its certificate

private:
    void note_peer(SSL* tls) {
        X509* const shown = SSL_get1_peer_certificate(tls);
        if (shown == nullptr) return;
        char name[256] = {};
        X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof name);
        client = name;
        X509_free(shown);
    }
    void serve(SSL* tls) {
        for (;;) {
            std::string text;
            while (text.find("\r\n\r\n") == std::string::npos) {
                char buffer[4096];
                const int n = SSL_read(tls, buffer, sizeof buffer);
                if (n <= 0) {
                    said_goodbye = SSL_get_error(tls, n) == SSL_ERROR_ZERO_RETURN;
                    return;
                }
                text.append(buffer, static_cast<std::size_t>(n));
            }
            ++requests;
            const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
        }
    }
    SSL_CTX* context_;
};

}  // namespace pinwire::http::test
