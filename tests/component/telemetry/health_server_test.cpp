// The operators' listener over a real loopback connection, with a plain blocking client.
#include "common/telemetry/health_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace pinwire::telemetry {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class HealthServer : public testing::Test {
protected:
    HealthServer() {
        settler.fail("postgres is away");
        server.start();
        loop = std::thread([this] { context.run(); });
    }
    ~HealthServer() override {
        asio::co_spawn(context, server.stop(1s), asio::use_future).get();
        work.reset();
        loop.join();
    }

    // The whole answer; the server closes after it.
    std::string ask(const std::string& line) {
        asio::io_context own;
        asio::ip::tcp::socket socket(own);
        socket.connect({asio::ip::make_address("127.0.0.1"), server.port()});
        asio::write(
            socket, asio::buffer(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        );
        std::string answer;
        boost::system::error_code error;
        asio::read(socket, asio::dynamic_buffer(answer), error);
        return answer;
    }

    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    metrics figures{"test"};
    health state;
    health::check settler = state.add("settler", "postgres", "");
    health_server server{context, {}, figures, state};
    std::thread loop;
};

TEST_F(HealthServer, AnswersWhatOperatorsAsk) {
    EXPECT_EQ(server.address(), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ(ask("GET /healthz").rfind("HTTP/1.1 200", 0), 0U);
    const auto shown = ask("GET /metrics");
    EXPECT_EQ(shown.rfind("HTTP/1.1 200", 0), 0U);
    EXPECT_NE(shown.find("version=0.0.4"), std::string::npos);
    EXPECT_NE(shown.find("process_resident_memory_bytes "), std::string::npos);
}

TEST_F(HealthServer, TellsReadinessByName) {
    EXPECT_EQ(ask("GET /readyz").rfind("HTTP/1.1 200", 0), 0U);
    const auto missing = ask("GET /readyz/settler?verbose");
    EXPECT_EQ(missing.rfind("HTTP/1.1 503", 0), 0U) << missing;
    EXPECT_NE(missing.find("postgres: failing: postgres is away"), std::string::npos) << missing;
    EXPECT_EQ(ask("GET /readyz/dispatcher").rfind("HTTP/1.1 404", 0), 0U);
}

TEST_F(HealthServer, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(ask("GET /").rfind("HTTP/1.1 404", 0), 0U);
    EXPECT_EQ(ask("GET /readyzz").rfind("HTTP/1.1 404", 0), 0U);
    EXPECT_EQ(ask("DELETE /metrics").rfind("HTTP/1.1 405", 0), 0U);
}

}  // namespace
}  // namespace pinwire::telemetry
