#include "bench/bare_server.hpp"

#include <pthread.h>
#include <time.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <string>
#include <thread>

#include "common/runtime/asio.hpp"

namespace pinwire::bench {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using tcp = asio::ip::tcp;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;

void ended(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

awaitable<void> serve(socket_type socket, const std::string& body) {
    boost::beast::flat_buffer buffer;
    beast_http::response<beast_http::string_body> answer(beast_http::status::ok, 11);
    answer.set(beast_http::field::content_type, "application/json");
    answer.body() = body;
    answer.prepare_payload();
    boost::system::error_code error;
    auto token = asio::redirect_error(use_awaitable, error);
    for (;;) {
        beast_http::request<beast_http::string_body> asked;
        co_await beast_http::async_read(socket, buffer, asked, token);
        if (error) co_return;
        co_await beast_http::async_write(socket, answer, token);
        if (error) co_return;
    }
}

awaitable<void> accept(acceptor_type& listener, const std::string& body) {
    boost::system::error_code error;
    auto token = asio::redirect_error(use_awaitable, error);
    for (;;) {
        auto socket = co_await listener.async_accept(token);
        if (error) co_return;
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(listener.get_executor(), serve(std::move(socket), body), ended);
    }
}

tcp::endpoint any_port() {
    return {asio::ip::address_v4::loopback(), 0};
}

}  // namespace

struct bare_server::state {
    explicit state(std::size_t answer_bytes)
        : body(answer_bytes, 'a'), listener(context.get_executor(), any_port()) {
        port = listener.local_endpoint().port();
        asio::co_spawn(context, accept(listener, body), ended);
        thread = std::thread([this] { context.run(); });
        ::pthread_getcpuclockid(thread.native_handle(), &clock);
    }
    ~state() {
        context.stop();
        thread.join();
    }

    const std::string body;
    asio::io_context context{1};
    acceptor_type listener;
    std::uint16_t port = 0;
    std::thread thread;
    clockid_t clock{};
};

bare_server::bare_server(std::size_t answer_bytes)
    : state_(std::make_unique<state>(answer_bytes)) {}

bare_server::~bare_server() = default;

std::uint16_t bare_server::port() const {
    return state_->port;
}

double bare_server::cpu_us() const {
    timespec used{};
    ::clock_gettime(state_->clock, &used);
    return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

}  // namespace pinwire::bench
