#include "bench/reports/poster.hpp"

#include <poll.h>

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "common/runtime/asio.hpp"

namespace pinwire::bench {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using tcp = asio::ip::tcp;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using std::chrono::steady_clock;

constexpr auto head_start = std::chrono::milliseconds(50);  // connections are made in it

void ended(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

tcp::endpoint loopback(std::uint16_t port) {
    return {asio::ip::address_v4::loopback(), port};
}

class run {
public:
    explicit run(const posting& what) : what_(what) {
        made_.began = steady_clock::now() + head_start;
        latencies_.reserve(what.count);
        for (std::size_t i = 0; i < std::min(what.connections, what.count); ++i)
            asio::co_spawn(context_, work(i), ended);
    }

    posted finish() {
        context_.run();
        const auto took = last_ - made_.began;
        made_.seconds = std::chrono::duration<double>(took).count();
        made_.per_second = static_cast<double>(latencies_.size()) / made_.seconds;
        made_.refused = what_.count - latencies_.size();
        made_.answered = percentiles_of(std::move(latencies_));
        return std::move(made_);
    }

private:
    awaitable<void> work(std::size_t first) {
        auto ex = co_await asio::this_coro::executor;
        steady_timer timer(ex);
        timer.expires_at(made_.began);
        socket_type socket(ex);
        co_await socket.async_connect(loopback(what_.port), use_awaitable);
        socket.set_option(tcp::no_delay(true));
        co_await timer.async_wait(use_awaitable);
        boost::beast::flat_buffer buffer;
        beast_http::request<beast_http::string_body> asked(beast_http::verb::post, "/", 11);
        asked.set(beast_http::field::host, "127.0.0.1");
        asked.set(beast_http::field::content_type, "application/json");
        boost::system::error_code error;
        auto token = asio::redirect_error(use_awaitable, error);
        for (std::size_t number = first; number < what_.count;) {
            auto from = steady_clock::now();
            if (what_.rate > 0) {
                from = made_.due(number, what_.rate);
                timer.expires_at(from);
                co_await timer.async_wait(use_awaitable);
            }
            auto one = what_.make(number);
            asked.target(one.target);
            asked.body() = std::move(one.body);
            asked.prepare_payload();
            co_await beast_http::async_write(socket, asked, token);
            if (error) co_return;
            beast_http::response<beast_http::string_body> answer;
            co_await beast_http::async_read(socket, buffer, answer, token);
            if (error) co_return;
            last_ = steady_clock::now();
            if (answer.result_int() / 100 == 2)
                latencies_.push_back(std::chrono::duration<double, std::milli>(last_ - from).count()
                );
            number = what_.rate > 0 ? number + what_.connections : next();
        }
    }

    // In a closed loop whoever is free takes the next one.
    std::size_t next() { return std::min(what_.connections, what_.count) + taken_++; }

    const posting& what_;
    posted made_;
    std::vector<double> latencies_;
    std::size_t taken_ = 0;
    steady_clock::time_point last_;
    asio::io_context context_{1};
};

}  // namespace

steady_clock::time_point posted::due(std::size_t number, double rate) const {
    const std::chrono::duration<double> after(static_cast<double>(number) / rate);
    return began + std::chrono::duration_cast<steady_clock::duration>(after);
}

posted post_all(const posting& what) {
    return run(what).finish();
}

struct idle_connections::state {
    asio::io_context context{1};
    std::vector<socket_type> sockets;
};

idle_connections::idle_connections(std::uint16_t port, std::size_t count)
    : state_(std::make_unique<state>()) {
    constexpr std::string_view nothing = "GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    std::array<char, 4096> answer{};
    for (std::size_t i = 0; i < count; ++i) {
        socket_type socket(state_->context.get_executor());
        socket.connect(loopback(port));
        // one that never asked anything would soon be hung up on
        asio::write(socket, asio::buffer(nothing.data(), nothing.size()));
        socket.read_some(asio::buffer(answer));
        state_->sockets.push_back(std::move(socket));
    }
}

idle_connections::~idle_connections() = default;

// Nothing is ever sent to them: what can be read is their end.
std::size_t idle_connections::still_open() const {
    std::size_t open = 0;
    for (auto& socket : state_->sockets) {
        pollfd one{};
        one.fd = socket.native_handle();
        one.events = POLLIN;
        if (::poll(&one, 1, 0) == 0) ++open;
    }
    return open;
}

}  // namespace pinwire::bench
