// TLS: only the right name under the right authority gets a request. Method: a small blocking TLS
// server of OpenSSL's own, with certificates made for the test.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/http/client.hpp"
#include "tests/component/http/certificates.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/component/http/raw_socket.hpp"

namespace pinwire::http::test {
namespace {

// Serves requests with an empty body until the peer says goodbye.
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

    void operator()(raw_socket& peer) {
        SSL* tls = SSL_new(context_);
        SSL_set_fd(tls, peer.fd());
        if (SSL_accept(tls) == 1) {
            if (const char* name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name)) sni = name;
            serve(tls);
        }
        SSL_free(tls);
        ERR_clear_error();
    }

    std::atomic<int> requests{0};
    std::atomic<bool> said_goodbye{false};
    std::string sni;

private:
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

class Tls : public testing::Test {
protected:
    exchange get(std::uint16_t port, const std::string& name, const std::string& ca) {
        if (!client_) {
            client_settings settings;
            settings.ca_file = ca;
            client_ = std::make_unique<client>(on.context, names, settings);
        }
        endpoint where(true, "127.0.0.1", port);
        where.tls_name = name;
        call_options how;
        how.connect_timeout = 2s;
        return on.run(client_->send(where, request("GET", "/"), how));
    }
    certificates certs;
    loop on;
    resolver names{on.context, resolver_settings{}};
    std::unique_ptr<client> client_;
};

TEST_F(Tls, SendsToTheRightNameReusesAndSaysGoodbye) {
    tls_script script(certs.make("good.example"));
    raw_listener far(std::ref(script));
    for (int i = 0; i < 3; ++i) {
        const auto got = get(far.port(), "good.example", certs.ca_file());
        ASSERT_TRUE(got.answered()) << got.error;
        EXPECT_EQ(got.answer.body, "ok");
        EXPECT_EQ(got.reused, i > 0);
    }
    EXPECT_EQ(far.accepted(), 1);
    client_->close_idle();
    on.until([&] { return script.said_goodbye.load(); });
    EXPECT_EQ(script.sni, "good.example");
}

TEST_F(Tls, IsNotConnectedUnderAnotherName) {
    tls_script script(certs.make("good.example"));
    raw_listener far(std::ref(script));
    const auto got = get(far.port(), "evil.example", certs.ca_file());
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::tls);
    EXPECT_NE(got.error.find("verify failed"), std::string::npos) << got.error;
    EXPECT_EQ(script.requests, 0);
}

TEST_F(Tls, IsNotConnectedUnderAnotherAuthority) {
    const certificates others;
    tls_script script(certs.make("good.example"));
    raw_listener far(std::ref(script));
    const auto got = get(far.port(), "good.example", others.ca_file());
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::tls);
    EXPECT_EQ(script.requests, 0);
}

TEST_F(Tls, IsNotConnectedBelowVersion12) {
    tls_script script(certs.make("good.example"));
    script.limit_to(TLS1_1_VERSION);
    raw_listener far(std::ref(script));
    const auto got = get(far.port(), "good.example", certs.ca_file());
    EXPECT_EQ(got.why, failure::tls);
}

TEST_F(Tls, BoundsTheHandshake) {
    raw_listener far([](raw_socket& peer) { peer.ends(); });  // never says a word
    client_settings settings;
    settings.ca_file = certs.ca_file();
    client_ = std::make_unique<client>(on.context, names, settings);
    call_options how;
    how.connect_timeout = 100ms;
    const endpoint where(true, "127.0.0.1", far.port());
    const auto got = on.run(client_->send(where, request("GET", "/"), how));
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::connect_timeout);
}

TEST_F(Tls, IsNotConnectedWhenThePeerSpeaksPlainText) {
    raw_listener far([](raw_socket& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    const auto got = get(far.port(), "good.example", certs.ca_file());
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::tls);
}

TEST_F(Tls, NeedsAReadableAuthority) {
    client_settings settings;
    settings.ca_file = "/does/not/exist";
    EXPECT_THROW(client(on.context, names, settings), std::exception);
}

}  // namespace
}  // namespace pinwire::http::test
