#include "bench/reports/customer.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <thread>

#include "common/runtime/asio.hpp"

namespace pinwire::bench {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using tcp = asio::ip::tcp;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;
using std::chrono::steady_clock;

constexpr std::size_t id_digits = 16;      // behind the prefix
constexpr std::size_t chunk = 256 * 1024;  // of the huge answer

void ended(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

std::string address_of(customer::behaviour how, std::size_t number) {
    constexpr std::array<int, 3> third{1, 3, 4};
    return fmt::format("127.0.{}.{}", third.at(static_cast<std::size_t>(how)), number);
}

std::string quiet_address(std::size_t number) {
    return fmt::format("127.0.2.{}", number);
}

}  // namespace

struct customer::state {
    state(std::uint16_t on_port, std::string id_prefix, std::size_t jobs_max)
        : port(on_port), prefix(std::move(id_prefix)), moments(jobs_max) {
        for (std::size_t i = 1; i <= quick_endpoints; ++i)
            open(address_of(behaviour::quick, i), behaviour::quick);
        for (std::size_t i = 1; i <= quiet_endpoints; ++i)
            open(quiet_address(i), behaviour::quick);
        for (std::size_t i = 1; i <= silent_endpoints; ++i)
            open(address_of(behaviour::silent, i), behaviour::silent);
        open(address_of(behaviour::huge, 1), behaviour::huge);
        thread = std::thread([this] { context.run(); });
    }
    ~state() {
        context.stop();
        thread.join();
    }

    std::string url(const std::string& address) const {
        return fmt::format("http://{}:{}/dlr", address, port);
    }

    template <class AddressOf>
    std::vector<std::string> urls(std::size_t count, AddressOf address) const {
        std::vector<std::string> made;
        for (std::size_t i = 1; i <= count; ++i)
            made.push_back(url(address(i)));
        return made;
    }

    void open(const std::string& address, behaviour how) {
        const tcp::endpoint where(asio::ip::make_address_v4(address), port);
        auto listener = std::make_unique<acceptor_type>(context.get_executor(), where);
        asio::co_spawn(context, accept(*listener, how), ended);
        listeners.push_back(std::move(listener));
    }

    awaitable<void> accept(acceptor_type& listener, behaviour how) {
        boost::system::error_code error;
        auto token = asio::redirect_error(use_awaitable, error);
        for (;;) {
            auto socket = co_await listener.async_accept(token);
            if (error) co_return;
            socket.set_option(tcp::no_delay(true));
            asio::co_spawn(context, serve(std::move(socket), how), ended);
        }
    }

    awaitable<void> serve(socket_type socket, behaviour how) {
        boost::beast::flat_buffer buffer;
        beast_http::response<beast_http::empty_body> answer(beast_http::status::ok, 11);
        answer.content_length(0);
        boost::system::error_code error;
        auto token = asio::redirect_error(use_awaitable, error);
        for (;;) {
            beast_http::request<beast_http::string_body> asked;
            co_await beast_http::async_read(socket, buffer, asked, token);
            if (error) co_return;
            requests.fetch_add(1, std::memory_order_relaxed);
            if (how == behaviour::huge) co_return co_await pour(socket);
            if (how == behaviour::silent) continue;  // until the caller hangs up
            note(asked.body());
            co_await beast_http::async_write(socket, answer, token);
            if (error) co_return;
        }
    }

    awaitable<void> pour(socket_type& socket) {
        boost::system::error_code error;
        auto token = asio::redirect_error(use_awaitable, error);
        const auto head = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", huge_bytes);
        co_await asio::async_write(socket, asio::buffer(head), token);
        const std::string body(chunk, 'h');
        for (std::size_t sent = 0; sent < huge_bytes && !error; sent += chunk)
            co_await asio::async_write(socket, asio::buffer(body), token);
    }

    void note(std::string_view body) {
        const auto now = steady_clock::now().time_since_epoch().count();
        for (auto at = body.find(prefix); at != body.npos; at = body.find(prefix, at)) {
            at += prefix.size();
            const auto digits = body.substr(at, id_digits);
            std::size_t job = 0;
            const auto end = digits.data() + digits.size();
            if (std::from_chars(digits.data(), end, job, 16).ptr != end) continue;
            if (job >= moments.size()) continue;
            std::int64_t none = 0;
            if (moments[job].compare_exchange_strong(none, now))
                came.fetch_add(1, std::memory_order_relaxed);
            else
                repeats.fetch_add(1, std::memory_order_relaxed);
        }
    }

    const std::uint16_t port;
    const std::string prefix;
    std::vector<std::atomic<std::int64_t>> moments;
    std::atomic<std::uint64_t> came{0};
    std::atomic<std::uint64_t> repeats{0};
    std::atomic<std::uint64_t> requests{0};
    asio::io_context context{1};
    std::vector<std::unique_ptr<acceptor_type>> listeners;
    std::thread thread;
};

customer::customer(std::uint16_t port, std::string prefix, std::size_t jobs_max)
    : state_(std::make_unique<state>(port, std::move(prefix), jobs_max)) {}

customer::~customer() = default;

std::vector<std::string> customer::quick() const {
    return state_->urls(quick_endpoints, [](auto i) { return address_of(behaviour::quick, i); });
}

std::vector<std::string> customer::quiet() const {
    return state_->urls(quiet_endpoints, quiet_address);
}

std::vector<std::string> customer::silent() const {
    return state_->urls(silent_endpoints, [](auto i) { return address_of(behaviour::silent, i); });
}

std::string customer::huge() const {
    return state_->url(address_of(behaviour::huge, 1));
}

std::uint64_t customer::came() const {
    return state_->came;
}

std::uint64_t customer::repeats() const {
    return state_->repeats;
}

std::uint64_t customer::requests() const {
    return state_->requests;
}

steady_clock::time_point customer::came_at(std::size_t job) const {
    return steady_clock::time_point(steady_clock::duration(state_->moments.at(job)));
}

}  // namespace pinwire::bench
