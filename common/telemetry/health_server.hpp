// The listener of its own for operators, on loopback: GET /metrics, /healthz (the loop answers),
// /readyz and /readyz/NAME (200, or 503 with what is missing). Lives on the io_context given;
// stop() must have ended before it, `metrics` or `health` is destroyed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "common/http/listening_socket.hpp"
#include "common/runtime/asio.hpp"
#include "common/telemetry/health.hpp"
#include "common/telemetry/metrics.hpp"

namespace pinwire::telemetry {

struct health_listen {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
};

class health_server {
public:
    health_server(
        boost::asio::io_context& context,
        const health_listen& listen,
        metrics& figures,
        const health& state
    );
    ~health_server();
    health_server(const health_server&) = delete;
    health_server& operator=(const health_server&) = delete;

    void start(const http::listening_socket& door);  // that outlasts this server
    void start();                // throws boost::system::system_error if the address can't be bound
    std::uint16_t port() const;  // after start()
    std::string address() const;  // "127.0.0.1:9100", after start()
    awaitable<void> stop(std::chrono::milliseconds grace);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace pinwire::telemetry
