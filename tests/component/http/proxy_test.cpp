// The client behind a proxy. Method: a real little proxy that leads every name to loopback; names
// that nobody can look up show that the client leaves them to it.
#include <gtest/gtest.h>

#include "common/http/client.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/component/http/raw_socket.hpp"
#include "tests/component/http/tls_script.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/http_proxy.hpp"

namespace pinwire::http::test {
namespace {

using pinwire::test::certificates;
using pinwire::test::http_proxy;

constexpr const char* user_pass = "Basic dXNlcjpwYXNz";  // user:pass

awaitable<response> tell_target(request&& what, const peer&) {
    auto text = what.target + ' ' + what.body;
    text += what.fields.find("proxy-authorization") ? " leaked" : "";
    co_return response(200, "text/plain", std::move(text));
}

class Proxy : public testing::Test {
protected:
    client& through(const http_proxy& proxy, const std::string& credentials = "") {
        client_settings settings;
        settings.ca_file = certs.ca_file();
        settings.proxy.host = "127.0.0.1";
        settings.proxy.port = proxy.port();
        settings.proxy.credentials = secret(credentials);
        client_ = std::make_unique<client>(on.context, names, settings);
        return *client_;
    }
    exchange post(client& by, bool tls, std::uint16_t port) {
        call_options how;
        how.connect_timeout = 2s;
        how.answer_timeout = 2s;
        request what("POST", "/send?x=1");
        what.body = "hello";
        return on.run(by.send(endpoint(tls, "carrier.example", port), what, how));
    }

    certificates certs;
    loop on;
    resolver names{on.context, resolver_settings{}};
    std::unique_ptr<client> client_;
};

TEST_F(Proxy, TakesAPlainRequestInAbsoluteForm) {
    running_server far(on, {}, tell_target);
    const http_proxy proxy;
    auto& by = through(proxy);
    for (int i = 0; i < 2; ++i) {
        const auto got = post(by, false, far.port());
        ASSERT_TRUE(got.answered()) << got.error;
        EXPECT_EQ(got.answer.body, "/send?x=1 hello");
    }
    const auto line =
        "POST http://carrier.example:" + std::to_string(far.port()) + "/send?x=1 HTTP/1.1";
    EXPECT_EQ(proxy.asked(), (std::vector<std::string>{line, line}));
}

TEST_F(Proxy, OpensAWayForTlsWhoseOtherEndIsVerified) {
    tls_script script(certs.make("carrier.example"));
    raw_listener far(std::ref(script));
    const http_proxy proxy;
    auto& by = through(proxy);
    for (int i = 0; i < 3; ++i) {
        const auto got = post(by, true, far.port());
        ASSERT_TRUE(got.answered()) << got.error;
        EXPECT_EQ(got.reused, i > 0);
    }
    const auto line = "CONNECT carrier.example:" + std::to_string(far.port()) + " HTTP/1.1";
    EXPECT_EQ(proxy.asked(), (std::vector<std::string>{line}));
}

TEST_F(Proxy, CannotStandInForTheCarrier) {
    tls_script script(certs.make("somebody.example"));
    raw_listener far(std::ref(script));
    const http_proxy proxy;
    const auto got = post(through(proxy), true, far.port());
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::tls);
    EXPECT_EQ(script.requests, 0);
}

TEST_F(Proxy, HearsItsCredentialsAndNobodyElseDoes) {
    running_server far(on, {}, tell_target);
    tls_script script(certs.make("carrier.example"));
    raw_listener far_tls(std::ref(script));
    const http_proxy proxy(user_pass);
    auto& by = through(proxy, "user:pass");
    EXPECT_TRUE(post(by, true, far_tls.port()).answered());
    EXPECT_TRUE(post(by, false, far.port()).answered());
}

TEST_F(Proxy, WithoutCredentialsNothingIsSent) {
    tls_script script(certs.make("carrier.example"));
    raw_listener far(std::ref(script));
    const http_proxy proxy(user_pass);
    auto& by = through(proxy, "user:wrong");
    const auto got = post(by, true, far.port());
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::proxy);
    EXPECT_NE(got.error.find("407"), std::string::npos) << got.error;
    EXPECT_EQ(far.accepted(), 0);
    // In absolute form the proxy is who answers, and says so.
    EXPECT_EQ(post(by, false, far.port()).answer.status, 407U);
}

TEST_F(Proxy, ThatAnswersNonsenseOrEndsCostsNoByteOfTheRequest) {
    for (const std::string answer :
         {"HTTP/1.1 503 Away\r\n\r\n",
          "SSH-2.0-nobody\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\nand more",
          "HTTP/1.1 2"}) {
        http_proxy proxy;
        proxy.refuse_with(answer);
        const auto got = post(through(proxy), true, 1);
        EXPECT_EQ(got.how_far, progress::not_connected) << answer;
        EXPECT_EQ(got.why, failure::proxy) << answer;
    }
}

TEST_F(Proxy, ThatSaysNothingIsWaitedForNoLongerThanAConnection) {
    raw_listener silent([](raw_socket& peer) { peer.ends(); });
    client_settings settings;
    settings.proxy.host = "127.0.0.1";
    settings.proxy.port = silent.port();
    client_ = std::make_unique<client>(on.context, names, settings);
    call_options how;
    how.connect_timeout = 100ms;
    const auto got =
        on.run(client_->send(endpoint(true, "carrier.example", 443), request("GET", "/"), how));
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::connect_timeout);
}

}  // namespace
}  // namespace pinwire::http::test
