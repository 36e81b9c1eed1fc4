// What the client says about how far a request got, against peers that misbehave in every way.
// Method: real loopback sockets; the other side is our own server or a script of bytes.
#include "common/http/client.hpp"

#include <gtest/gtest.h>

#include <future>

#include "tests/component/http/loop.hpp"
#include "tests/component/http/raw_socket.hpp"

namespace pinwire::http::test {
namespace {

constexpr std::string_view short_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class Client : public testing::Test {
protected:
    client& make(client_settings settings = {}) {
        client_ = std::make_unique<client>(on.context, names, settings);
        return *client_;
    }
    exchange post(std::uint16_t port, std::string body = "x", call_options how = {}) {
        return on.run(start(port, std::move(body), std::move(how)));
    }
    awaitable<exchange> start(std::uint16_t port, std::string body, call_options how) {
        if (!client_) make();
        request what("POST", "/path?q=1");
        what.body = std::move(body);
        return client_->send(endpoint(false, "127.0.0.1", port), std::move(what), std::move(how));
    }
    call_options quick() {
        call_options out;
        out.connect_timeout = 200ms;
        out.answer_timeout = 100ms;
        return out;
    }

    loop on;
    resolver names{on.context, resolver_settings{}};
    std::unique_ptr<client> client_;
};

awaitable<response> echo(request&& what, const peer&) {
    co_return response(200, "text/plain", what.method + ' ' + what.target + ' ' + what.body);
}

TEST_F(Client, SendsAndReusesTheConnection) {
    running_server far(on, {}, echo);
    for (int i = 0; i < 5; ++i) {
        const auto got = post(far.port(), "body" + std::to_string(i));
        ASSERT_TRUE(got.answered()) << got.error;
        EXPECT_EQ(got.answer.status, 200u);
        EXPECT_EQ(got.answer.body, "POST /path?q=1 body" + std::to_string(i));
        EXPECT_EQ(got.answer.fields.get("content-type"), "text/plain");
        EXPECT_EQ(got.reused, i > 0);
        EXPECT_EQ(got.peer.to_string(), "127.0.0.1");
        EXPECT_GE(got.elapsed, got.until_sent);
    }
    EXPECT_EQ(far.counts().accepted, 1u);
    EXPECT_EQ(client_->counts().dialled, 1u);
}

TEST_F(Client, WritesOneHostOneLengthAndNoFramingOfTheCaller) {
    std::string seen;
    raw_listener far([&](raw_socket& peer) {
        seen = peer.read_until("body!");
        peer.send(short_answer);
        peer.ends();
    });
    make();
    request what("POST", "/");
    what.body = "body!";
    what.fields.add("Content-Length", "999");
    what.fields.add("Transfer-Encoding", "chunked");
    what.fields.add("X-Own", "1");
    const endpoint where(false, "127.0.0.1", far.port());
    EXPECT_TRUE(on.run(client_->send(where, what, {})).answered());
    EXPECT_EQ(
        seen,
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(far.port()) +
            "\r\nUser-Agent: pinwire\r\nX-Own: 1\r\nContent-Length: 5\r\n\r\nbody!"
    );
    client_->close_idle();
}

TEST_F(Client, RefusesToWriteAnInjection) {
    running_server far(on, {}, echo);
    make();
    const endpoint where(false, "127.0.0.1", far.port());
    request header("POST", "/");
    header.fields.add("X", "a\r\nY: b");
    request target("POST", "/ HTTP/1.1\r\nX: y");
    for (const auto& what : {header, target}) {
        const auto got = on.run(client_->send(where, what, {}));
        EXPECT_EQ(got.how_far, progress::not_connected);
        EXPECT_EQ(got.why, failure::unsendable);
    }
    EXPECT_EQ(far.counts().requests, 0u);
}

TEST_F(Client, SaysNotConnectedWhenNobodyListens) {
    refused_port nobody;
    const auto got = post(nobody.port());
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::connect);
    EXPECT_TRUE(got.surely_not_sent());
    EXPECT_EQ(client_->counts().open, 0u);
}

TEST_F(Client, SaysInDoubtWhenNoAnswerComesInTime) {
    auto hang = [](request&&, const peer&) -> awaitable<response> {
        response out(200);
        out.how = fate::hang;
        co_return out;
    };
    running_server far(on, {}, hang);
    const auto started = steady::now();
    const auto got = post(far.port(), "x", quick());
    EXPECT_EQ(got.how_far, progress::sent_no_answer);
    EXPECT_EQ(got.why, failure::answer_timeout);
    EXPECT_GE(steady::now() - started, 100ms);
    EXPECT_LT(steady::now() - started, 2s);
    EXPECT_EQ(client_->counts().open, 0u);
}

TEST_F(Client, SaysInDoubtWhenTheConnectionBreaksAfterTheRequest) {
    for (const auto how : {fate::reset, fate::close_without_answer, fate::cut}) {
        auto misbehave = [how](request&&, const peer&) -> awaitable<response> {
            response out(200, "text/plain", "never whole");
            out.how = how;
            out.cut_after = 20;
            co_return out;
        };
        running_server far(on, {}, misbehave);
        const auto got = post(far.port());
        EXPECT_EQ(got.how_far, progress::sent_no_answer);
        EXPECT_EQ(got.why, failure::closed);
        EXPECT_FALSE(got.surely_not_sent());
        EXPECT_EQ(far.counts().requests, 1u) << "nothing is sent twice";
    }
}

TEST_F(Client, SaysInDoubtWhenTheAnswerIsNotHttp) {
    raw_listener far([](raw_socket& peer) {
        peer.read_until("\r\n\r\nx");
        peer.send("SSH-2.0-OpenSSH\r\n\r\n");
        peer.ends();
    });
    const auto got = post(far.port());
    EXPECT_EQ(got.how_far, progress::sent_no_answer);
    EXPECT_EQ(got.why, failure::nonsense);
}

TEST_F(Client, WithholdsWithoutOneByteAndKeepsTheConnection) {
    std::string seen;
    raw_listener far([&](raw_socket& peer) {
        seen = peer.read_until("\r\n\r\nyes");
        peer.send(short_answer);
        peer.ends(&seen);
    });
    call_options how;
    bool told = false;
    how.may_send = [] { return false; };
    how.on_first_byte = [&] { told = true; };
    const auto got = post(far.port(), "no", how);
    EXPECT_EQ(got.how_far, progress::withheld);
    EXPECT_TRUE(got.surely_not_sent());
    EXPECT_FALSE(told);
    EXPECT_EQ(client_->counts().idle, 1u);

    how.may_send = [] { return true; };
    EXPECT_TRUE(post(far.port(), "yes", how).answered());
    EXPECT_TRUE(told);
    EXPECT_EQ(far.accepted(), 1);
    EXPECT_EQ(seen.find("no"), std::string::npos);
    client_->close_idle();
}

TEST_F(Client, NoticesThatAnIdleConnectionEnded) {
    running_server far(on, {}, echo);
    ASSERT_TRUE(post(far.port()).answered());
    EXPECT_EQ(client_->counts().idle, 1u);
    far.stop(1s);
    on.until([&] { return client_->counts().idle == 0; });
    EXPECT_EQ(client_->counts().open, 0u);
}

TEST_F(Client, LooksForTheEndStraightBeforeReuse) {
    std::atomic<int> ended{0};
    raw_listener far([&](raw_socket& peer) {
        peer.read_until("\r\n\r\nx");
        peer.send(short_answer);
        peer.close();
        ++ended;
    });
    make();
    // One turn of the loop must not run between the end of the connection and its reuse, so both
    // calls are made by one coroutine that blocks until the peer has closed.
    auto both = [&]() -> awaitable<exchange> {
        call_options how;
        const auto first = co_await start(far.port(), "x", how);
        EXPECT_TRUE(first.answered());
        while (ended < 1)
            std::this_thread::yield();
        co_return co_await start(far.port(), "x", how);
    };
    const auto second = on.run(both());
    ASSERT_TRUE(second.answered()) << second.error;
    EXPECT_FALSE(second.reused);
    EXPECT_EQ(far.accepted(), 2);
}

TEST_F(Client, LetsIdleConnectionsGoInTime) {
    running_server far(on, {}, echo);
    client_settings settings;
    settings.idle_max = 50ms;
    make(settings);
    ASSERT_TRUE(post(far.port()).answered());
    EXPECT_EQ(client_->counts().idle, 1u);
    on.until([&] { return client_->counts().open == 0; });
    on.until([&] { return far.counts().open == 0; });
}

TEST_F(Client, DoesNotReuseAConnectionOverItsAge) {
    running_server far(on, {}, echo);
    client_settings settings;
    settings.age_max = 0ms;
    make(settings);
    ASSERT_TRUE(post(far.port()).answered());
    ASSERT_TRUE(post(far.port()).answered());
    EXPECT_EQ(far.counts().accepted, 2u);
}

TEST_F(Client, CutsABodyOverTheLimitAndSaysSo) {
    auto big = [](request&& what, const peer&) -> awaitable<response> {
        co_return response(200, "text/plain", std::string(std::stoul(what.body), 'a'));
    };
    running_server far(on, {}, big);
    client_settings settings;
    settings.body_max = 1000;
    make(settings);
    const auto fits = post(far.port(), "1000");
    EXPECT_TRUE(fits.answered());
    EXPECT_FALSE(fits.truncated);
    const auto over = post(far.port(), "100000");
    EXPECT_TRUE(over.answered());
    EXPECT_TRUE(over.truncated);
    EXPECT_EQ(over.answer.body.size(), 1000u);
    EXPECT_EQ(client_->counts().open, 0u);
}

// Nothing was said to be understood, and what would grow when unpacked isn't unpacked.
TEST_F(Client, LeavesAnEncodedBodyAsItCame) {
    const std::string packed("\x1f\x8b\x08\x00 not unpacked", 17);
    auto odd = [&](request&& what, const peer&) -> awaitable<response> {
        EXPECT_EQ(what.fields.find("accept-encoding"), nullptr);
        response made(200, "text/plain", packed);
        made.fields.add("Content-Encoding", "gzip");
        co_return made;
    };
    running_server far(on, {}, odd);
    make();
    EXPECT_EQ(post(far.port(), "x").answer.body, packed);
}

TEST_F(Client, ReadsChunksInterimAnswersAndBodiesThatEndWithTheStream) {
    const std::string answers[] = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX: "
        "trailer\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
        "HTTP/1.0 200 OK\r\n\r\nabcde",
    };
    for (const auto& text : answers) {
        raw_listener far([&](raw_socket& peer) {
            peer.read_until("\r\n\r\nx");
            for (const char c : text)
                peer.send(std::string_view(&c, 1));
        });
        const auto got = post(far.port());
        ASSERT_TRUE(got.answered()) << text << got.error;
        EXPECT_EQ(got.answer.body, "abcde");
        EXPECT_EQ(got.answer.fields.find("x"), nullptr) << "a trailer is no header";
    }
}

TEST_F(Client, KeepsTheAnswerThatCameBeforeTheWholeRequestWasOut) {
    // The rest is left unread until the client has its answer: else it might all be out by then.
    std::promise<void> answered;
    raw_listener far([&](raw_socket& peer) {
        peer.read_until("\r\n\r\n");
        peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        answered.get_future().wait();
        peer.ends();
    });
    const auto got = post(far.port(), std::string(32 << 20, 'x'));
    answered.set_value();
    ASSERT_TRUE(got.answered()) << got.error;
    EXPECT_EQ(got.answer.status, 413u);
    EXPECT_EQ(client_->counts().open, 0u) << "half a request is left in it";
}

TEST_F(Client, WaitsInTurnForAConnectionAndGivesUpInTime) {
    int running = 0;
    int most = 0;
    auto slow = [&](request&&, const peer&) -> awaitable<response> {
        most = std::max(most, ++running);
        steady_timer timer(on.context.get_executor(), 30ms);
        co_await timer.async_wait(use_awaitable);
        --running;
        co_return response(200);
    };
    running_server far(on, {}, slow);
    client_settings settings;
    settings.per_endpoint_max = 2;
    make(settings);
    std::vector<std::shared_ptr<outcome<exchange>>> calls;
    for (int i = 0; i < 8; ++i)
        calls.push_back(on.start(start(far.port(), "x", {})));
    call_options hurried;
    hurried.connect_timeout = 10ms;
    const auto late = on.run(start(far.port(), "x", hurried));
    EXPECT_EQ(late.how_far, progress::not_connected);
    EXPECT_EQ(late.why, failure::pool_full);
    for (auto& call : calls)
        EXPECT_TRUE(on.finish(call).answered());
    EXPECT_EQ(most, 2);
    EXPECT_EQ(far.counts().accepted, 2u);
    EXPECT_EQ(client_->counts().waiting, 0u);
}

TEST_F(Client, GivesUpAnIdleConnectionForAnotherEndpointAtTheTotalCap) {
    running_server one(on, {}, echo);
    running_server two(on, {}, echo);
    client_settings settings;
    settings.total_max = 1;
    make(settings);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(post(one.port()).answered());
        EXPECT_TRUE(post(two.port()).answered());
    }
    EXPECT_EQ(client_->counts().open, 1u);
    // And whoever waits for the total is served when another endpoint's call ends.
    auto first = on.start(start(one.port(), "x", {}));
    auto second = on.start(start(two.port(), "x", {}));
    EXPECT_TRUE(on.finish(first).answered());
    EXPECT_TRUE(on.finish(second).answered());
}

TEST_F(Client, EndsACancelledCallAsAValueAndClosesItsConnection) {
    raw_listener far([](raw_socket& peer) { peer.ends(); });
    make();
    boost::asio::cancellation_signal cancel;
    std::optional<exchange> got;
    auto call = [&]() -> awaitable<void> {
        call_options how;
        got = co_await start(far.port(), "x", std::move(how));
    };
    bool done = false;
    boost::asio::co_spawn(
        on.context,
        call(),
        boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { done = true; })
    );
    on.until([&] { return client_->counts().open == 1; });
    on.context.run_for(20ms);
    cancel.emit(boost::asio::cancellation_type::terminal);
    on.until([&] { return done; });
    ASSERT_TRUE(got);
    EXPECT_EQ(got->how_far, progress::sent_no_answer);
    EXPECT_EQ(got->why, failure::cancelled);
    EXPECT_EQ(client_->counts().open, 0u);
}

TEST_F(Client, KeepsTheWholeBudget) {
    running_server far(on, {}, echo);
    call_options how;
    how.by = steady::now() - 1ms;
    const auto got = post(far.port(), "x", how);
    EXPECT_TRUE(got.surely_not_sent());
    EXPECT_EQ(far.counts().requests, 0u);
}

}  // namespace
}  // namespace pinwire::http::test
