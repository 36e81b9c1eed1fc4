// Where callers come in: HTTP to a call (client address, request id, Idempotency-Key), the call to
// its dialect, and every answer with its request id, its line in the log and its place in the
// figures. Sizes, numbers and times are bounded by the server below. Loop thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "api/caller.hpp"
#include "api/figures.hpp"
#include "api/router.hpp"
#include "common/config/settings.hpp"
#include "common/http/server.hpp"

namespace pinwire::api {

class listener {
public:
    listener(
        boost::asio::io_context& context,
        const config::settings& settings,
        const router& ways,
        figures& counts
    );

    void start();  // throws boost::system::system_error when the address can't be bound
    void start(const http::listening_socket& door);  // that outlasts this listener
    http::peer local_endpoint() const;
    // Takes nothing more and lets requests under way finish. False: some were cut short.
    awaitable<bool> stop(std::chrono::milliseconds grace);
    const http::server_counts& counts() const { return server_.counts(); }

private:
    awaitable<http::response> serve(http::request, http::peer);
    awaitable<http::response> answer(call);
    call call_of(http::request&&, const http::peer&) const;

    const config::settings& settings_;
    const router& router_;
    figures& figures_;
    http::server server_;
};

}  // namespace pinwire::api
