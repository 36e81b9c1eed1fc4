// TLS: only the right name under the right authority gets a request. Method: a small blocking TLS
// server of OpenSSL's own, with certificates made for the test.
#include <gtest/gtest.h>

#include "common/http/client.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/component/http/raw_socket.hpp"
#include "tests/component/http/tls_script.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/child_process.hpp"

namespace pinwire::http::test {
namespace {

using pinwire::test::certificates;

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

TEST_F(Tls, ShowsItsOwnCertificateToAPeerThatAsksForOne) {
    tls_script script(certs.make("good.example"));
    script.ask_for_certificates_of(certs.ca_file());
    raw_listener far(std::ref(script));
    const auto mine = certs.make("pinwire.example");
    client_settings settings;
    settings.ca_file = certs.ca_file();
    settings.cert_file = mine;
    settings.key = secret(pinwire::test::read_file(mine));
    client_ = std::make_unique<client>(on.context, names, settings);
    const auto got = get(far.port(), "good.example", certs.ca_file());
    ASSERT_TRUE(got.answered()) << got.error;
    EXPECT_EQ(script.client, "pinwire.example");
}

TEST_F(Tls, IsInDoubtOfNothingWhenThePeerMissesOurCertificate) {
    tls_script script(certs.make("good.example"));
    script.ask_for_certificates_of(certs.ca_file());
    raw_listener far(std::ref(script));
    const auto got = get(far.port(), "good.example", certs.ca_file());
    EXPECT_FALSE(got.answered());
    EXPECT_EQ(script.requests, 0);
}

TEST_F(Tls, NeedsTheKeyOfItsOwnCertificate) {
    client_settings settings;
    settings.cert_file = certs.make("pinwire.example");
    settings.key = secret(pinwire::test::read_file(certs.make("other.example")));
    EXPECT_THROW(client(on.context, names, settings), std::exception);
}

TEST_F(Tls, NeedsAReadableAuthority) {
    client_settings settings;
    settings.ca_file = "/does/not/exist";
    EXPECT_THROW(client(on.context, names, settings), std::exception);
}

}  // namespace
}  // namespace pinwire::http::test
