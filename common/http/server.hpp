// HTTP/1.1 server for one listener: DLR intake, health and metrics, the simulator. Every wait has a
// deadline, every size a bound; what is over the bound is refused and counted. Single-threaded: on
// the io_context given. start() binds; stop() drains and must have ended before the server is
// destroyed (or the context is not run any more). A handler that throws is answered with 500.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/core/ip_address.hpp"
#include "common/http/listening_socket.hpp"
#include "common/http/message.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::http {

struct peer {
    ip_address address;
    std::uint16_t port = 0;
};

// Runs as part of the connection's coroutine. Cancelled (terminal) when stop()'s grace is over.
using handler = std::function<awaitable<response>(request&&, const peer&)>;

struct server_settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any; see local_endpoint()
    std::size_t header_max = 8 * 1024;
    std::size_t body_max = 256 * 1024;
    std::size_t connections_max = 1024;
    std::size_t per_address_max = 1024;                 // connections of one peer address
    std::chrono::milliseconds header_timeout{5000};     // first byte to end of header, absolute
    std::chrono::milliseconds request_timeout{10'000};  // first byte to end of body, absolute
    std::chrono::milliseconds idle_timeout{20'000};     // between requests
    std::chrono::milliseconds write_timeout{10'000};    // one whole answer
    std::chrono::milliseconds hang_max{300'000};        // fate::hang
    int backlog = 1024;
    // Connections from here must begin with a PROXY header (v1 or v2), which says whose they are;
    // nobody else may send one. Empty: nobody sends one.
    std::vector<cidr> proxies;
};

struct server_counts {
    std::size_t open = 0;  // connections now
    std::uint64_t accepted = 0;
    std::uint64_t requests = 0;        // handed to the handler
    std::uint64_t over_limit = 0;      // connections answered 503 because of a cap
    std::uint64_t malformed = 0;       // 400, 413, 431, or no PROXY header where one is due
    std::uint64_t timed_out = 0;       // 408 or closed on a deadline
    std::uint64_t handler_failed = 0;  // 500
    std::uint64_t accept_failed = 0;   // EMFILE and the like
};

class server {
public:
    server(boost::asio::io_context& context, server_settings settings, handler serve);
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    void start();  // throws boost::system::system_error if the address can't be bound
    // Accepts from this one instead of opening its own; stop() leaves it open.
    void start(const listening_socket& from);
    peer local_endpoint() const;  // after start()

    // Closes the listener and idle connections at once, lets requests under way and the first ones
    // of connections just made finish with `Connection: close`, cancels what is left after the
    // grace. True if nothing had to be cancelled.
    awaitable<bool> stop(std::chrono::milliseconds grace);

    const server_counts& counts() const;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace pinwire::http
