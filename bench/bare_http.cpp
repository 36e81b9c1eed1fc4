#include "bench/bare_http.hpp"

#include <time.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <stdexcept>

#include "bench/bare_server.hpp"
#include "common/http/client.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::bench {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using tcp = asio::ip::tcp;
using socket_type = asio::basic_stream_socket<tcp, executor>;

constexpr std::size_t connections = 16;
// As long as a carrier's request and answer are.
const std::string asked_body(420, 'q');
constexpr std::size_t answered_bytes = 260;
constexpr const char* target = "/sms/2/text/advanced";

double thread_cpu_us() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

void ended(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

// ---- the two clients

struct cost {
    double us = 0;
    double per_second = 0;
};

awaitable<void> ask_by_beast(std::uint16_t port, std::size_t times) {
    auto ex = co_await asio::this_coro::executor;
    socket_type socket(ex);
    const tcp::endpoint where(asio::ip::address_v4::loopback(), port);
    co_await socket.async_connect(where, use_awaitable);
    socket.set_option(tcp::no_delay(true));
    boost::beast::flat_buffer buffer;
    beast_http::request<beast_http::string_body> asked(beast_http::verb::post, target, 11);
    asked.set(beast_http::field::host, "127.0.0.1");
    asked.set(beast_http::field::content_type, "application/json");
    asked.body() = asked_body;
    asked.prepare_payload();
    for (std::size_t i = 0; i < times; ++i) {
        co_await beast_http::async_write(socket, asked, use_awaitable);
        beast_http::response<beast_http::string_body> answer;
        co_await beast_http::async_read(socket, buffer, answer, use_awaitable);
        if (answer.result_int() != 200) throw std::runtime_error("the bare server failed");
    }
}

awaitable<void> ask_by_client(http::client& by, http::endpoint where, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
        http::request asked("POST", target);
        asked.fields.add("Content-Type", "application/json");
        asked.body = asked_body;
        http::call_options how;
        const auto done = co_await by.send(where, std::move(asked), std::move(how));
        if (!done.answered() || done.answer.status != 200)
            throw std::runtime_error("the bare server failed: " + done.error);
    }
}

// Runs what was spawned on the context to its end.
cost run(asio::io_context& context, std::size_t requests) {
    const auto began = std::chrono::steady_clock::now();
    const double before = thread_cpu_us();
    context.run();
    const auto elapsed = std::chrono::steady_clock::now() - began;
    cost made;
    made.us = (thread_cpu_us() - before) / static_cast<double>(requests);
    made.per_second =
        static_cast<double>(requests) / std::chrono::duration<double>(elapsed).count();
    return made;
}

cost beast_cost(std::uint16_t port, std::size_t requests) {
    asio::io_context context(1);
    for (std::size_t i = 0; i < connections; ++i)
        asio::co_spawn(context, ask_by_beast(port, requests / connections), ended);
    return run(context, requests);
}

cost client_cost(std::uint16_t port, std::size_t requests) {
    asio::io_context context(1);
    http::resolver names(context, http::resolver_settings{});
    http::client client(context, names, http::client_settings{});
    const http::endpoint to(false, "127.0.0.1", port);
    std::size_t left = connections;
    for (std::size_t i = 0; i < connections; ++i) {
        asio::co_spawn(
            context,
            ask_by_client(client, to, requests / connections),
            [&](std::exception_ptr error) {
                if (error) std::rethrow_exception(error);
                // Idle connections are watched: the loop would not end by itself.
                if (--left == 0) client.close_idle();
            }
        );
    }
    return run(context, requests);
}

}  // namespace

bare_http_result measure_bare_http(std::size_t requests) {
    requests -= requests % connections;
    const bare_server server(answered_bytes);
    const auto warm_up = connections * 50;
    beast_cost(server.port(), warm_up);
    client_cost(server.port(), warm_up);
    const auto by_beast = beast_cost(server.port(), requests);
    const auto by_client = client_cost(server.port(), requests);
    bare_http_result made;
    made.requests = requests;
    made.beast_us = by_beast.us;
    made.beast_per_second = by_beast.per_second;
    made.client_us = by_client.us;
    made.client_per_second = by_client.per_second;
    return made;
}

}  // namespace pinwire::bench
