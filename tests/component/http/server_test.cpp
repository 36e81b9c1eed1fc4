// The server's bounds, one by one, against a client that says exactly what the test wants. Method:
// blocking sockets on a thread beside the loop.
#include "common/http/server.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/redirect_error.hpp>
#include <future>

#include "tests/component/http/loop.hpp"
#include "tests/component/http/raw_socket.hpp"
#include "tests/support/eventually.hpp"

namespace pinwire::http::test {
namespace {

awaitable<response> echo(request&& what, const peer&) {
    co_return response(200, "text/plain", what.method + ' ' + what.target + ' ' + what.body);
}

class Server : public testing::Test {
protected:
    // Sends the text and reads until the server ends the connection.
    std::string say(std::uint16_t port, std::string text) {
        return on.beside([=] {
            auto peer = raw_socket::connect(port);
            peer.send(text);
            return peer.read_all();
        });
    }
    // A byte each 20 ms behind the text never lets a time-out per read fire.
    void expect_cut_while_it_trickles(running_server& here, const std::string& text) {
        const auto said = on.beside([text, port = here.port()] {
            auto peer = raw_socket::connect(port);
            const auto end = steady::now() + 5s;
            std::string next = text;
            while (steady::now() < end) {
                if (!peer.send(next)) break;
                next = "a";
                pinwire::test::act_slowly(20ms);
            }
            return peer.read_all();
        });
        EXPECT_EQ(here.counts().requests, 0u);
        EXPECT_EQ(here.counts().timed_out, 1u);
        on.until([&] { return here.counts().open == 0; });
        EXPECT_TRUE(said.empty() || said.starts_with("HTTP/1.1 408 ")) << said;
    }
    loop on;
};

TEST_F(Server, AnswersSeveralRequestsOnOneConnection) {
    running_server here(on, {}, echo);
    const auto said =
        say(here.port(),
            "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
            "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
            "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(
        said,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nGET /a "
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nPOST /b hi"
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nConnection: close\r\n"
        "\r\nGET /c "
    );
    EXPECT_EQ(here.counts().requests, 3u);
    EXPECT_EQ(here.counts().accepted, 1u);
}

// One server after the other over one socket: who comes between them waits, and is served.
TEST_F(Server, HandsItsListeningSocketOnToTheNextWithoutLosingACaller) {
    const listening_socket door("127.0.0.1", 0, 16);
    auto first = std::make_unique<server>(on.context, server_settings{}, echo);
    first->start(door);
    const auto port = first->local_endpoint().port;
    const std::string ask = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    EXPECT_NE(say(port, ask).find("200 OK"), std::string::npos);
    EXPECT_TRUE(on.run(first->stop(100ms)));
    first.reset();
    auto waiting = raw_socket::connect(port);
    ASSERT_TRUE(waiting.send(ask));
    server second(on.context, server_settings{}, echo);
    second.start(door);
    EXPECT_EQ(second.local_endpoint().port, port);
    EXPECT_NE(on.beside([&] { return waiting.read_all(); }).find("200 OK"), std::string::npos);
    on.run(second.stop(100ms));
}

TEST_F(Server, StillServesWhoConnectedJustBeforeItsEnd) {
    running_server here(on, {}, echo);
    auto early = raw_socket::connect(here.port());
    on.until([&] { return here.counts().open == 1; });
    auto end = on.start(here.stopping(5s));
    on.context.poll();
    ASSERT_TRUE(early.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_NE(on.beside([&] { return early.read_all(); }).find("200 OK"), std::string::npos);
    EXPECT_TRUE(on.finish(end));
}

TEST_F(Server, DoesNotWaitLongForWhoSaysNothing) {
    running_server here(on, {}, echo);
    auto silent = raw_socket::connect(here.port());
    on.until([&] { return here.counts().open == 1; });
    const auto began = steady::now();
    EXPECT_TRUE(here.stop(5s));
    EXPECT_LT(steady::now() - began, 2s);
}

TEST_F(Server, AnswersHeadWithoutABody) {
    running_server here(on, {}, echo);
    const auto said = say(here.port(), "HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_NE(said.find("Content-Length: 8\r\n"), std::string::npos);
    EXPECT_TRUE(said.ends_with("\r\n\r\n"));
}

TEST_F(Server, RefusesABodyOverTheLimitWhetherAnnouncedOrChunked) {
    server_settings settings;
    settings.body_max = 10'000;
    running_server here(on, settings, echo);
    const std::string body(50'000, 'a');
    const auto announced =
        say(here.port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + body);
    EXPECT_TRUE(announced.starts_with("HTTP/1.1 413 ")) << announced;
    const auto chunked =
        say(here.port(),
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nc350\r\n" + body +
                "\r\n0\r\n\r\n");
    EXPECT_TRUE(chunked.starts_with("HTTP/1.1 413 ")) << chunked;
    EXPECT_EQ(here.counts().requests, 0u);
    const auto fits =
        say(here.port(),
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10000\r\n\r\n" +
                body.substr(0, 10'000));
    EXPECT_TRUE(fits.starts_with("HTTP/1.1 200 "));
}

TEST_F(Server, RefusesAHeaderOverTheLimit) {
    running_server here(on, {}, echo);
    const auto said =
        say(here.port(), "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(9000, 'a') + "\r\n\r\n");
    EXPECT_TRUE(said.starts_with("HTTP/1.1 431 ")) << said;
    EXPECT_EQ(here.counts().malformed, 1u);
}

TEST_F(Server, RefusesWhatIsMalformedOrAmbiguous) {
    running_server here(on, {}, echo);
    for (const char* text :
         {"nonsense\r\n\r\n",
          "GET  / HTTP/1.1\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: "
          "chunked\r\n\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, x\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na",
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"}) {
        const auto said = say(here.port(), text);
        EXPECT_TRUE(said.starts_with("HTTP/1.1 400 ")) << text << said;
    }
    EXPECT_EQ(here.counts().requests, 0u);
}

TEST_F(Server, CutsASlowHeaderAtAnAbsoluteDeadline) {
    server_settings settings;
    settings.header_timeout = 150ms;
    running_server here(on, settings, echo);
    expect_cut_while_it_trickles(here, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
}

TEST_F(Server, CutsASlowBody) {
    server_settings settings;
    settings.request_timeout = 100ms;
    running_server here(on, settings, echo);
    const auto said =
        say(here.port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    EXPECT_TRUE(said.starts_with("HTTP/1.1 408 ")) << said;
}

TEST_F(Server, CutsABodyThatTricklesAtAnAbsoluteDeadline) {
    server_settings settings;
    settings.request_timeout = 150ms;
    running_server here(on, settings, echo);
    expect_cut_while_it_trickles(
        here, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    );
}

TEST_F(Server, EndsIdleConnectionsQuietly) {
    server_settings settings;
    settings.idle_timeout = 60ms;
    settings.header_timeout = 60ms;
    running_server here(on, settings, echo);
    EXPECT_EQ(say(here.port(), ""), "");
    const auto said = say(here.port(), "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(said.ends_with("GET /a ")) << said;
    on.until([&] { return here.counts().open == 0; });
}

TEST_F(Server, EndsAConnectionWhosePeerReadsNothing) {
    server_settings settings;
    settings.write_timeout = 100ms;
    auto big = [](request&&, const peer&) -> awaitable<response> {
        co_return response(200, "text/plain", std::string(32 << 20, 'a'));
    };
    running_server here(on, settings, big);
    auto peer = raw_socket::connect(here.port());
    peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    on.until([&] { return here.counts().timed_out == 1; });
    on.until([&] { return here.counts().open == 0; });
}

// A byte now and then never lets a time-out per write fire.
TEST_F(Server, EndsAConnectionWhosePeerReadsTooSlowly) {
    server_settings settings;
    settings.write_timeout = 150ms;
    auto big = [](request&&, const peer&) -> awaitable<response> {
        co_return response(200, "text/plain", std::string(32 << 20, 'a'));
    };
    running_server here(on, settings, big);
    std::atomic<bool> ended = false;
    auto reading = std::async(std::launch::async, [port = here.port(), &ended] {
        auto peer = raw_socket::connect(port);
        peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        const auto give_up = steady::now() + 8s;
        char some[4096];
        while (!ended && steady::now() < give_up) {
            if (::recv(peer.fd(), some, sizeof some, MSG_DONTWAIT) == 0) break;
            pinwire::test::act_slowly(20ms);
        }
    });
    on.until([&] { return here.counts().timed_out == 1; });
    on.until([&] { return here.counts().open == 0; });
    ended = true;
    reading.get();
}

TEST_F(Server, SaysContinueWhenAsked) {
    running_server here(on, {}, echo);
    const auto said = on.beside([port = here.port()] {
        auto peer = raw_socket::connect(port);
        peer.send(
            "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
            "Connection: close\r\n\r\n"
        );
        const auto first = peer.read_until("\r\n\r\n");
        peer.send("hi");
        return first + '|' + peer.read_all();
    });
    EXPECT_TRUE(said.starts_with("HTTP/1.1 100 Continue\r\n\r\n|HTTP/1.1 200 ")) << said;
}

TEST_F(Server, CapsTheConnectionsOfOneAddressAndOfAll) {
    server_settings settings;
    settings.per_address_max = 2;
    running_server here(on, settings, echo);
    auto one = raw_socket::connect(here.port());
    auto two = raw_socket::connect(here.port());
    on.until([&] { return here.counts().open == 2; });
    EXPECT_TRUE(say(here.port(), "").starts_with("HTTP/1.1 503 "));
    EXPECT_EQ(here.counts().over_limit, 1u);
    one.close();
    on.until([&] { return here.counts().open == 1; });
    EXPECT_TRUE(say(here.port(), "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 "));

    server_settings total;
    total.connections_max = 1;
    running_server there(on, total, echo);
    auto only = raw_socket::connect(there.port());
    on.until([&] { return there.counts().open == 1; });
    EXPECT_TRUE(say(there.port(), "").starts_with("HTTP/1.1 503 "));
}

awaitable<response> name_peer(request&&, const peer& who) {
    co_return response(200, "text/plain", who.address.to_string() + ' ' + std::to_string(who.port));
}

constexpr const char* get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

server_settings behind_proxy() {
    server_settings made;
    made.proxies = {*cidr::parse("127.0.0.0/8")};
    return made;
}

TEST_F(Server, BelievesATrustedProxyWhoseConnectionItIs) {
    running_server here(on, behind_proxy(), name_peer);
    const std::string line = "PROXY TCP4 192.0.2.7 198.51.100.1 8080 443\r\n";
    EXPECT_TRUE(say(here.port(), line + get).ends_with("192.0.2.7 8080"));
    const std::string binary(
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x08\x01\x02\x03\x04\0\x07\0\x01", 28
    );
    EXPECT_TRUE(say(here.port(), binary + get).ends_with("192.0.2.8 7"));
    EXPECT_NE(
        say(here.port(), std::string("PROXY UNKNOWN\r\n") + get).find("127.0.0.1 "),
        std::string::npos
    );
}

TEST_F(Server, EndsAProxysConnectionThatDoesNotSayWhoseItIs) {
    auto settings = behind_proxy();
    settings.header_timeout = 100ms;
    running_server here(on, settings, name_peer);
    EXPECT_EQ(say(here.port(), get), "");
    EXPECT_EQ(say(here.port(), std::string("PROXY TCP4 nobody\r\n") + get), "");
    EXPECT_EQ(here.counts().malformed, 2u);
    EXPECT_EQ(say(here.port(), "PROXY TCP4 192.0"), "") << "too slow";
    EXPECT_EQ(here.counts().requests, 0u);
    on.until([&] { return here.counts().open == 0; });
}

TEST_F(Server, TakesNoPeersWordForItWhoIsNoTrustedProxy) {
    auto settings = behind_proxy();
    settings.proxies = {*cidr::parse("192.0.2.0/24")};
    running_server here(on, settings, name_peer);
    const auto said =
        say(here.port(), std::string("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\n") + get);
    EXPECT_TRUE(said.starts_with("HTTP/1.1 400 ")) << said;
    EXPECT_NE(say(here.port(), get).find("127.0.0.1 "), std::string::npos);
}

TEST_F(Server, CountsAProxysConnectionsForWhomTheyAre) {
    auto settings = behind_proxy();
    settings.per_address_max = 1;
    running_server here(on, settings, name_peer);
    const auto from = [](int last) {
        return "PROXY TCP4 192.0.2." + std::to_string(last) + " 198.51.100.1 1 2\r\n";
    };
    auto first = raw_socket::connect(here.port());
    first.send(from(1));
    on.until([&] { return here.counts().open == 1; });
    EXPECT_TRUE(say(here.port(), from(2) + get).ends_with("192.0.2.2 1"));
    EXPECT_TRUE(say(here.port(), from(1) + get).starts_with("HTTP/1.1 503 "));
    EXPECT_EQ(here.counts().over_limit, 1u);
    first.close();
    on.until([&] { return here.counts().open == 0; });
    EXPECT_TRUE(say(here.port(), from(1) + get).ends_with("192.0.2.1 1"));
}

// Takes every descriptor that is left, but for some.
class no_descriptors {
public:
    explicit no_descriptors(int but) {
        ::getrlimit(RLIMIT_NOFILE, &old_);
        auto less = old_;
        less.rlim_cur = std::min<rlim_t>(old_.rlim_cur, 512);
        ::setrlimit(RLIMIT_NOFILE, &less);
        for (int one = ::dup(0); one >= 0; one = ::dup(0))
            held_.push_back(one);
        for (; but > 0 && !held_.empty(); --but)
            give_back();
    }
    ~no_descriptors() {
        while (!held_.empty())
            give_back();
        ::setrlimit(RLIMIT_NOFILE, &old_);
    }
    void give_back() {
        ::close(held_.back());
        held_.pop_back();
    }

private:
    rlimit old_{};
    std::vector<int> held_;
};

TEST_F(Server, GoesOnAcceptingOnceDescriptorsAreFreeAgain) {
#if defined(PINWIRE_SANITIZE_UNDEFINED)
    GTEST_SKIP() << "UBSan looks at memory through a pipe and aborts without descriptors";
#endif
    running_server here(on, {}, echo);
    auto kept = raw_socket::connect(here.port());
    on.until([&] { return here.counts().open == 1; });
    {
        no_descriptors left(1);
        auto waiting = raw_socket::connect(here.port());  // takes the last one
        waiting.send(get);
        on.until([&] { return here.counts().accept_failed > 0; });
        const auto failed = here.counts().accept_failed;
        kept.send("GET /kept HTTP/1.1\r\nHost: x\r\n\r\n");
        on.until([&] { return here.counts().requests == 1; });
        EXPECT_LT(here.counts().accept_failed - failed, 100u) << "it spins";
        left.give_back();
        on.until([&] { return here.counts().requests == 2; });
        const auto said = on.beside([&waiting] { return waiting.read_all(); });
        EXPECT_TRUE(said.starts_with("HTTP/1.1 200 ")) << said;
    }
    EXPECT_TRUE(say(here.port(), get).starts_with("HTTP/1.1 200 "));
}

TEST_F(Server, AnswersAHandlerThatThrowsWith500) {
    auto fail = [](request&&, const peer&) -> awaitable<response> {
        throw std::runtime_error("secret detail");
        co_return response(200);
    };
    running_server here(on, {}, fail);
    const auto said = say(here.port(), "GET / HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(said.starts_with("HTTP/1.1 500 "));
    EXPECT_EQ(said.find("secret"), std::string::npos);
    EXPECT_EQ(here.counts().handler_failed, 1u);
}

TEST_F(Server, NeverWritesAHeaderThatAHandlerWasTrickedInto) {
    auto tricked = [](request&&, const peer&) -> awaitable<response> {
        response out(200);
        out.fields.add("X", "a\r\nSet-Cookie: b");
        co_return out;
    };
    running_server here(on, {}, tricked);
    const auto said = say(here.port(), "GET / HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(said.starts_with("HTTP/1.1 500 ")) << said;
    EXPECT_EQ(said.find("Set-Cookie"), std::string::npos);
}

// A handler that answers when told to.
class gate {
public:
    explicit gate(loop& on) : timer_(on.context.get_executor(), steady::time_point::max()) {}
    awaitable<response> serve(request&&, const peer&) {
        ++entered;
        boost::system::error_code ignored;
        co_await timer_.async_wait(boost::asio::redirect_error(use_awaitable, ignored));
        co_return response(200);
    }
    void open() { timer_.cancel(); }
    int entered = 0;

private:
    steady_timer timer_;
};

TEST_F(Server, DrainsOnStop) {
    gate held(on);
    running_server here(on, {}, [&](request&& what, const peer& who) {
        return held.serve(std::move(what), who);
    });
    auto idle = raw_socket::connect(here.port());
    auto busy = raw_socket::connect(here.port());
    busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    on.until([&] { return held.entered == 1 && here.counts().open == 2; });
    auto stopping = on.start(here.stopping(5s));
    on.until([&] { return here.counts().open == 1; });
    EXPECT_TRUE(idle.ends());
    EXPECT_THROW(raw_socket::connect(here.port()), std::exception);
    EXPECT_FALSE(stopping->done);
    held.open();
    const auto said = on.beside([&] { return busy.read_all(); });
    EXPECT_NE(said.find("Connection: close"), std::string::npos) << said;
    EXPECT_TRUE(on.finish(stopping));
}

TEST_F(Server, CancelsWhatIsLeftAfterTheGrace) {
    gate held(on);
    running_server here(on, {}, [&](request&& what, const peer& who) {
        return held.serve(std::move(what), who);
    });
    auto busy = raw_socket::connect(here.port());
    busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    on.until([&] { return held.entered == 1; });
    EXPECT_FALSE(here.stop(50ms));
    EXPECT_TRUE(busy.ends());
    EXPECT_EQ(here.counts().open, 0u);
}

TEST_F(Server, MisbehavesAsTheSimulatorWants) {
    auto serve = [](request&& what, const peer&) -> awaitable<response> {
        response out(200, "text/plain", "body");
        if (what.target == "/reset") out.how = fate::reset;
        if (what.target == "/close") out.how = fate::close_without_answer;
        if (what.target == "/cut") out.how = fate::cut;
        out.cut_after = 12;
        co_return out;
    };
    running_server here(on, {}, serve);
    EXPECT_EQ(say(here.port(), "GET /reset HTTP/1.1\r\nHost: x\r\n\r\n"), "");
    EXPECT_EQ(say(here.port(), "GET /close HTTP/1.1\r\nHost: x\r\n\r\n"), "");
    EXPECT_EQ(say(here.port(), "GET /cut HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200");
}

}  // namespace
}  // namespace pinwire::http::test
