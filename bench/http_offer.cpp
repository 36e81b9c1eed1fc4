#include "bench/http_offer.hpp"

#include <fmt/format.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

#include "common/runtime/deadline.hpp"
#include "common/runtime/task_group.hpp"

namespace pinwire::bench {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using std::chrono::steady_clock;
using tcp = asio::ip::tcp;
using socket_type = asio::basic_stream_socket<tcp, executor>;

class offer {
public:
    explicit offer(const offer_plan& plan) : plan_(plan) { made_.ms.assign(plan.count, -1); }

    awaitable<offer_result> run() {
        const auto ex = co_await asio::this_coro::executor;
        std::exception_ptr failed;
        task_group connections(ex, [&failed](std::exception_ptr error) { failed = error; });
        start_ = steady_clock::now() + std::chrono::milliseconds(100);
        for (std::size_t i = 0; i < plan_.connections; ++i)
            connections.spawn(use_connection());
        co_await connections.drain(std::chrono::minutes(10));
        if (failed) std::rethrow_exception(failed);
        const std::chrono::duration<double> took = last_ - start_;
        made_.per_second = static_cast<double>(plan_.count - made_.wrong) / took.count();
        co_return std::move(made_);
    }

private:
    steady_clock::time_point moment(std::size_t place) const {
        if (plan_.rate == 0) return std::max(start_, steady_clock::now());
        const double seconds = static_cast<double>(place) / static_cast<double>(plan_.rate);
        const std::chrono::duration<double> after(seconds);
        return start_ + std::chrono::duration_cast<steady_clock::duration>(after);
    }

    // Takes the next place whenever it is free.
    awaitable<void> use_connection() {
        const auto ex = co_await asio::this_coro::executor;
        socket_type socket(ex);
        const tcp::endpoint where(asio::ip::address_v4::loopback(), plan_.port);
        co_await socket.async_connect(where, use_awaitable);
        socket.set_option(tcp::no_delay(true));
        boost::beast::flat_buffer buffer;
        while (next_ < plan_.count) {
            const auto place = next_++;
            const auto intended = moment(place);
            if (intended > steady_clock::now()) co_await sleep_until(intended);
            co_await ask(socket, buffer, place);
            last_ = std::max(last_, steady_clock::now());
            const std::chrono::duration<double, std::milli> took = steady_clock::now() - intended;
            if (right_) made_.ms[place] = took.count();
        }
    }

    awaitable<void> ask(socket_type& socket, boost::beast::flat_buffer& buffer, std::size_t place) {
        auto wanted = plan_.make(place);
        beast_http::request<beast_http::string_body> asked(
            beast_http::verb::post, wanted.target, 11
        );
        asked.set(beast_http::field::host, "127.0.0.1");
        asked.set(beast_http::field::content_type, "application/json");
        if (!wanted.authorization.empty())
            asked.set(beast_http::field::authorization, wanted.authorization);
        asked.body() = std::move(wanted.body);
        asked.prepare_payload();
        co_await beast_http::async_write(socket, asked, use_awaitable);
        beast_http::response<beast_http::string_body> answer;
        co_await beast_http::async_read(socket, buffer, answer, use_awaitable);
        right_ = plan_.right(place, answer.result_int(), answer.body());
        if (right_) co_return;
        if (made_.wrong++ == 0)
            made_.first_wrong = fmt::format("{} {}", answer.result_int(), answer.body());
    }

    const offer_plan& plan_;
    offer_result made_;
    steady_clock::time_point start_;
    steady_clock::time_point last_;
    std::size_t next_ = 0;
    bool right_ = false;  // of the answer that came last; nothing waits between
};

}  // namespace

awaitable<offer_result> offer_http(const offer_plan& plan) {
    offer one(plan);
    co_return co_await one.run();
}

}  // namespace pinwire::bench
