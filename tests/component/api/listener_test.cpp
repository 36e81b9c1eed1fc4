// The way in: what is common to all requests, over a true connection.
#include "api/listener.hpp"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <mutex>
#include <thread>

#include "api/request_id.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"
#include "tests/component/api/fakes.hpp"

namespace pinwire::api::test {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

// Says what it was given; breaks on demand.
class echo_side final : public dialect_side {
public:
    std::vector<call> calls;

    std::string_view name() const override { return "echo"; }
    bool serves(std::string_view, std::string_view path) const override {
        return path.starts_with("/2fa/");
    }
    awaitable<http::response> serve(call one) override {
        calls.push_back(one);
        if (one.notes) one.notes->account = account_name("shop");
        if (one.path == "/2fa/2/pin/voice") throw std::runtime_error("broken");
        if (one.path == "/2fa/2/applications") co_await sleep_for(200ms);
        co_return http::response(200, "text/plain", "hello");
    }
};

class Listener : public testing::Test {
protected:
    Listener() {
        w.settings.api.listen.port = 0;
        w.settings.api.body_max = 1024;
        telemetry::log_options to;
        to.sink = [this](std::string_view line) {
            const std::lock_guard lock(mutex);
            lines.emplace_back(line);
        };
        telemetry::open_log(to);
        auto side = std::make_unique<echo_side>();
        echo = side.get();
        ways.add(std::move(side));
        intake.emplace(io, w.settings, ways, counts);
        intake->start();
        loop = std::thread([this] {
            const auto work = boost::asio::make_work_guard(io);
            io.run();
        });
    }
    ~Listener() override {
        stop();
        telemetry::open_log({});
    }

    bool stop() {
        if (!loop.joinable()) return true;
        bool clean = false;
        auto ended = [this, &clean](std::exception_ptr, bool in_order) {
            clean = in_order;
            io.stop();
        };
        boost::asio::co_spawn(io, intake->stop(5s), ended);
        loop.join();
        return clean;
    }

    // One request, one answer, on a connection of its own.
    std::string exchange(const std::string& bytes) {
        boost::asio::io_context own;
        tcp::socket socket(own);
        const auto at = boost::asio::ip::make_address("127.0.0.1");
        socket.connect(tcp::endpoint(at, intake->local_endpoint().port));
        boost::asio::write(socket, boost::asio::buffer(bytes));
        std::string got;
        boost::system::error_code end;
        boost::asio::read(socket, boost::asio::dynamic_buffer(got), end);
        return got;
    }
    std::string get(const std::string& target, const std::string& headers = "") {
        return exchange(
            "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n"
        );
    }

    std::string last_line() {
        const std::lock_guard lock(mutex);
        return lines.empty() ? "" : lines.back();
    }

    boost::asio::io_context io{1};
    world w;
    telemetry::metrics metrics{"pinwire-api"};
    figures counts{metrics};
    router ways;
    echo_side* echo = nullptr;
    std::optional<listener> intake;
    std::thread loop;
    std::mutex mutex;
    std::vector<std::string> lines;
};

TEST_F(Listener, GivesTheCallersRequestIdBackAndMakesOneElse) {
    EXPECT_NE(
        get("/2fa/2/pin", "X-Request-Id: abc-1.Z_9\r\n").find("X-Request-Id: abc-1.Z_9\r\n"),
        std::string::npos
    );
    const auto made = get("/2fa/2/pin", "X-Request-Id: bad id\r\n");
    EXPECT_EQ(made.find("bad id"), std::string::npos);
    EXPECT_NE(made.find("X-Request-Id: "), std::string::npos);
}

TEST_F(Listener, HandsOnPathQueryKeyAndAddress) {
    w.settings.api.trusted_proxies = {*cidr::parse("127.0.0.0/8"), *cidr::parse("10.0.0.0/8")};
    get("/2fa/2/pin?ncNeeded=false",
        "Idempotency-Key: k1\r\nX-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n"
        "X-Forwarded-For: 10.1.1.1\r\n");
    ASSERT_EQ(echo->calls.size(), 1U);
    const auto& one = echo->calls[0];
    EXPECT_EQ(one.path, "/2fa/2/pin");
    EXPECT_EQ(one.query, "ncNeeded=false");
    EXPECT_EQ(one.idempotency_key, "k1");
    EXPECT_EQ(one.address.to_string(), "198.51.100.1");
}

TEST_F(Listener, BelievesNoStrangerWhoHeIs) {
    get("/2fa/2/pin", "X-Forwarded-For: 203.0.113.9\r\n");
    EXPECT_EQ(echo->calls.at(0).address.to_string(), "127.0.0.1");
}

TEST_F(Listener, SaysThatNobodyHasThePath) {
    const auto answer = get("/nothing/447700900123");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 "));
    EXPECT_NE(answer.find("X-Request-Id: "), std::string::npos);
    EXPECT_NE(answer.find(R"({"error":"not_found"})"), std::string::npos);
    EXPECT_EQ(last_line().find("447700900123"), std::string::npos);
}

TEST_F(Listener, LogsALineWithoutNumbersKeysOrQueries) {
    get("/2fa/2/pin/0123456789ABCDEF0123456789ABCDEF/verify?msisdn=447700900123",
        "Authorization: App very-secret\r\n");
    const auto line = last_line();
    EXPECT_NE(line.find("event=request"), std::string::npos) << line;
    EXPECT_NE(
        line.find("path=/2fa/2/pin/0123456789ABCDEF0123456789ABCDEF/verify"), std::string::npos
    ) << line;
    EXPECT_NE(line.find("status=200"), std::string::npos);
    EXPECT_NE(line.find("account=shop"), std::string::npos);
    EXPECT_NE(line.find("request_id="), std::string::npos);
    EXPECT_EQ(line.find("447700900123"), std::string::npos);
    EXPECT_EQ(line.find("very-secret"), std::string::npos);
}

TEST_F(Listener, LogsNoMethodOfAStrangersMaking) {
    exchange(
        std::string(3000, 'X') + "447700900123 /2fa/2/pin HTTP/1.1\r\nHost: x\r\n" +
        "Connection: close\r\n\r\n"
    );
    const auto line = last_line();
    EXPECT_NE(line.find("method=other"), std::string::npos) << line;
    EXPECT_EQ(line.find("447700900123"), std::string::npos);
    EXPECT_LT(line.size(), 400U);
}

TEST_F(Listener, AnswersForAHandlerThatBreaks) {
    const auto answer = get("/2fa/2/pin/voice");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 "));
    EXPECT_NE(answer.find("X-Request-Id: "), std::string::npos);
    EXPECT_EQ(answer.find("broken"), std::string::npos);
}

TEST_F(Listener, RefusesABodyThatIsTooLargeBeforeAnyDialectSeesIt) {
    const auto answer = exchange(
        "POST /2fa/2/pin HTTP/1.1\r\nHost: x\r\nContent-Length: 1025\r\n\r\n" +
        std::string(1025, 'x')
    );
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
    EXPECT_TRUE(echo->calls.empty());
}

TEST_F(Listener, LetsRequestsUnderWayFinishWhenItStops) {
    std::string answer;
    std::thread caller([&] { answer = get("/2fa/2/applications"); });
    const auto until = std::chrono::steady_clock::now() + 10s;
    // asked on the loop, whose they are
    const auto requests = [this] {
        std::promise<std::uint64_t> told;
        boost::asio::post(io, [&] { told.set_value(intake->counts().requests); });
        return told.get_future().get();
    };
    while (requests() == 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
    EXPECT_TRUE(stop());
    caller.join();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
}

TEST_F(Listener, CountsRequestsByDialectPatternAndStatus) {
    get("/2fa/2/pin/0123456789ABCDEF0123456789ABCDEF/verify");
    get("/2fa/2/pin/anything/verify");
    get("/elsewhere");
    stop();
    const auto text = metrics.text();
    const std::string wanted = R"(pinwire_api_requests_total{dialect="echo",)"
                               R"(endpoint="/2fa/2/pin/{id}/verify",status="200"} 2)";
    EXPECT_NE(text.find(wanted), std::string::npos) << text;
    EXPECT_NE(text.find(R"(dialect="none",endpoint="other",status="404"} 1)"), std::string::npos);
}

TEST(Endpoints, ArePatternsAndNeverStrangersText) {
    EXPECT_EQ(endpoint_of("/api/3.0/2fa/request"), "/api/3.0/2fa/request");
    EXPECT_EQ(endpoint_of("/2fa/1/pin/voice"), "/2fa/1/pin/voice");
    EXPECT_EQ(endpoint_of("/2fa/1/pin/X/resend/voice"), "/2fa/1/pin/{id}/resend/voice");
    EXPECT_EQ(endpoint_of("/2fa/1/pin//resend"), "other");
    EXPECT_EQ(endpoint_of("/2fa/3/pin"), "other");
    EXPECT_EQ(endpoint_of(""), "other");
    EXPECT_EQ(loggable("/2fa/1/pin/447700900123/verify"), "/2fa/1/pin/{id}/verify");
    EXPECT_EQ(loggable("/447700900123"), "other");
}

TEST(RequestId, IsTheCallersIfWellFormed) {
    const std::array<std::uint8_t, 16> random{};
    const std::string zeros(32, '0');
    EXPECT_EQ(request_id_of("a.B-9_", random), "a.B-9_");
    EXPECT_EQ(request_id_of(std::string(64, 'a'), random), std::string(64, 'a'));
    EXPECT_EQ(request_id_of(std::string(65, 'a'), random), zeros);
    EXPECT_EQ(request_id_of("", random), zeros);
    EXPECT_EQ(request_id_of("a b", random), zeros);
    EXPECT_EQ(request_id_of("a\nb", random), zeros);
}

}  // namespace
}  // namespace pinwire::api::test
