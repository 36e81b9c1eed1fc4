// The client behind a proxy. Method: a real little proxy that leads every name to loopback; names
// that nobody can look up show that the client leaves them to it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "common/http/client.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/component/http/raw_socket.hpp"
#include "tests/component/http/tls_script.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/http_proxy.hpp"
#include "tests/support/name_server.hpp"

namespace pinwire::http::test {
namespace {

using pinwire::test::certificates;
using pinwire::test::http_proxy;
using pinwire::test::name_entry;
using pinwire::test::name_server;

constexpr const char* user_pass = "Basic dXNlcjpwYXNz";  // user:pass

awaitable<response> tell_target(request&& what, const peer&) {
    auto text = what.target + ' ' + what.body;
    text += what.fields.find("proxy-authorization") ? " leaked" : "";
    co_return response(200, "text/plain", std::move(text));
}

// Listens and takes nobody: whoever connects hears nothing, as from a machine that is gone.
class full_listener {
public:
    full_listener(const char* address, std::uint16_t port) {
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_port = htons(port);
        ::inet_pton(AF_INET, address, &here.sin_addr);
        const auto* where = reinterpret_cast<const sockaddr*>(&here);
        fds_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::bind(fds_[0], where, sizeof here) != 0 || ::listen(fds_[0], 0) != 0) {
            throw std::runtime_error("bind");
        }
        for (int i = 0; i < 4; ++i) {
            fds_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            ::connect(fds_.back(), where, sizeof here);
        }
    }
    ~full_listener() {
        for (const int fd : fds_)
            ::close(fd);
    }
    full_listener(const full_listener&) = delete;
    full_listener& operator=(const full_listener&) = delete;

private:
    std::vector<int> fds_;
};

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

// Calls with an address check through a proxy that has a name, and more than one address.
class ProxyByName : public Proxy {
protected:
    exchange get(std::vector<std::string> proxies, const std::string& host = "127.0.0.1") {
        name_entry entry;
        entry.addresses = std::move(proxies);
        server.set("proxy.example", entry);
        resolver_settings asked;
        asked.servers = {server.address()};
        by_name = std::make_unique<resolver>(on.context, asked);
        client_settings settings;
        settings.proxy.host = "proxy.example";
        settings.proxy.port = proxy.port();
        client_ = std::make_unique<client>(on.context, *by_name, settings);
        auto check = std::make_shared<address_check>();
        check->judge = [](const ip_address&, std::uint16_t) { return address_verdict::allowed; };
        call_options how;
        how.connect_timeout = 2s;
        how.check = check;
        const endpoint where(false, host, far.port());
        return on.run(client_->send(where, request("GET", "/"), how));
    }
    std::string way_to(const std::string& host) const {
        return "CONNECT " + host + ':' + std::to_string(far.port()) + " HTTP/1.1";
    }

    running_server far{on, {}, tell_target};
    name_server server{{}};
    http_proxy proxy;  // at 127.0.0.1 alone
    std::unique_ptr<resolver> by_name;
};

using strings = std::vector<std::string>;

TEST_F(ProxyByName, IsReachedAtItsNextAddressWhenOneRefuses) {
    const auto got = get({"127.0.0.2", "127.0.0.3", "127.0.0.1"});
    ASSERT_TRUE(got.answered()) << got.error;
    EXPECT_EQ(proxy.asked(), strings{way_to("127.0.0.1")});
    EXPECT_EQ(client_->counts().dialled, 3u);
}

TEST_F(ProxyByName, IsReachedInTimeBehindAnAddressThatSaysNothing) {
    const full_listener silent("127.0.0.2", proxy.port());
    const auto got = get({"127.0.0.2", "127.0.0.1"});
    ASSERT_TRUE(got.answered()) << got.error;
    EXPECT_EQ(proxy.asked(), strings{way_to("127.0.0.1")});
}

TEST_F(ProxyByName, IsNotTriedAgainWhereItWasAway) {
    name_entry entry;
    entry.addresses = {"127.0.0.4", "127.0.0.1"};
    server.set("far.example", entry);
    proxy.refuse_with("HTTP/1.1 502 Away\r\n\r\n");
    const auto got = get({"127.0.0.2", "127.0.0.1"}, "far.example");
    EXPECT_EQ(got.why, failure::proxy);
    EXPECT_EQ(proxy.asked(), (strings{way_to("127.0.0.4"), way_to("127.0.0.1")}));
    EXPECT_EQ(client_->counts().dialled, 3u);
}

TEST_F(ProxyByName, IsAwayWhenAllItsAddressesAre) {
    const auto got = get({"127.0.0.2", "127.0.0.3"});
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::proxy_away);
    EXPECT_EQ(client_->counts().dialled, 2u);
}

}  // namespace
}  // namespace pinwire::http::test
