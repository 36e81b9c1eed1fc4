// One client connection, plain or TLS. A read is always pending, so that the end of an idle
// connection is noticed when it comes. Phases: opening, then resting, busy and parked (in the
// pool) → closed. Loop thread only; kept alive by its own pending operations. Internal to
// common/http.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/core/ip_address.hpp"
#include "common/http/client.hpp"
#include "common/http/input.hpp"
#include "common/http/reader.hpp"
#include "common/http/watch.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/waiter.hpp"

namespace pinwire::http {

struct open_fault {
    failure why = failure::none;
    std::string text;
    bool reached = false;       // somebody took the connection; what failed came later
    unsigned proxy_status = 0;  // what a proxy answered that wouldn't open the way
};

struct open_request {
    std::uint16_t port = 0;
    boost::asio::ssl::context* tls = nullptr;  // null: plain
    std::string name;                          // that the certificate must bear
    std::string tunnel;                        // what to say to a proxy first; empty: none is there
    watch::clock::time_point by;
    watch::clock::time_point reach_by;  // no later: until somebody takes the connection
};

class connection final : public std::enable_shared_from_this<connection>, public watch::item {
public:
    using clock = watch::clock;
    using ended_callback = std::function<void(connection&)>;

    connection(
        boost::asio::io_context& context,
        std::shared_ptr<watch> deadlines,
        const client_settings& limits
    );

    // Connects to exactly this address.
    awaitable<open_fault> open(const ip_address& address, open_request how);

    // Looks at the socket itself: false if the peer has ended it or said something unasked.
    bool still_open();

    // Where the request is written to before begin().
    std::string& out() { return out_; }

    // Sends out(). False: surely no byte left, the connection is closed.
    bool begin(bool answers_head, clock::time_point by);

    // Suspends until the exchange is over; what came of it is below. Throws operation_aborted when
    // cancelled.
    awaitable<std::optional<bool>> answer() { return waiter_.wait(); }
    bool finished() const { return finished_; }
    failure why() const { return why_; }
    bool truncated() const { return truncated_; }
    response take_answer() { return std::move(reader_.message()); }

    bool resting() const { return phase_ == phase::resting; }
    // Into the pool: told once if it ends there or the time is over.
    void park(clock::time_point until, ended_callback on_ended);
    void unpark();
    void close();       // TLS: says goodbye, for a second at most
    void close_hard();  // at once

    const ip_address& peer() const { return peer_; }
    clock::time_point opened_at() const { return opened_at_; }
    bool used() const { return used_; }

private:
    using tcp = boost::asio::ip::tcp;
    using socket = boost::asio::basic_stream_socket<tcp, executor>;
    enum class phase { opening, resting, parked, busy, closing, closed };

    awaitable<open_fault> become_usable(open_request how);
    awaitable<open_fault> pass_proxy(std::string tunnel);
    awaitable<open_fault> shake_hands(boost::asio::ssl::context& context, std::string name);
    void read();
    void on_read(const boost::system::error_code& error, std::size_t n);
    void on_end(const boost::system::error_code& error);
    void write_rest(std::size_t from);
    void finish(failure why);
    void on_deadline() override;

    std::shared_ptr<watch> watch_;
    socket socket_;
    std::optional<boost::asio::ssl::stream<socket&>> tls_;
    response_reader reader_;
    input input_;
    std::string out_;
    waiter<bool> waiter_;
    ended_callback on_ended_;
    ip_address peer_;
    clock::time_point opened_at_{};
    phase phase_ = phase::opening;
    failure why_ = failure::none;
    bool finished_ = false;
    bool truncated_ = false;
    bool writing_ = false;
    bool write_failed_ = false;
    bool used_ = false;
    bool late_ = false;
};

}  // namespace pinwire::http
