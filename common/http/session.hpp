// One connection of the server: reads a request, has it answered, writes the answer, begins anew.
// Loop thread only; owned by its listener, which runs the coroutine. Internal to common/http.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "common/http/input.hpp"
#include "common/http/reader.hpp"
#include "common/http/server.hpp"
#include "common/http/watch.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::http {

class session;

// What sessions share.
struct serving {
    server_settings settings;
    handler serve;
    server_counts counts;
    std::shared_ptr<watch> deadlines;
    bool draining = false;
    // A proxy told whose connection it is: whether that address may have one more.
    std::function<bool(session&, const ip_address&)> admits;
};

class session final : public watch::item {
public:
    using tcp = boost::asio::ip::tcp;
    using socket = boost::asio::basic_stream_socket<tcp, executor>;

    session(serving& shared, socket&& accepted, peer who, bool from_proxy);

    awaitable<void> run();
    void close_if_idle();  // draining: unless a request is here or on its way
    void abort();          // grace is over

    boost::asio::cancellation_signal& cancel() { return cancel_; }
    // Whom the connection counts against; none: a proxy that hasn't told yet, or its own.
    const std::optional<ip_address>& counted() const { return counted_; }
    void count_as(const ip_address& address) { counted_ = address; }

    std::list<std::unique_ptr<session>>::iterator self;  // its place in the listener's list

private:
    // What the deadline is for, and so what happens at it.
    enum class phase { idle, header, body, handling, writing, hanging, leaving, closed };

    awaitable<bool> read_proxy();
    awaitable<bool> read_request();
    awaitable<bool> read_some();
    awaitable<response> handle();
    awaitable<bool> answer(response what);
    awaitable<void> misbehave(const response& what);
    awaitable<bool> write();
    awaitable<void> leave();
    void begin(phase next, std::chrono::milliseconds span);
    void close();
    void on_deadline() override;
    unsigned fault_status() const;

    serving& shared_;
    socket socket_;
    peer peer_;
    bool from_proxy_;
    std::optional<ip_address> counted_;
    request_reader reader_;
    input input_;
    std::string out_;
    boost::asio::cancellation_signal cancel_;
    watch::clock::time_point first_byte_{};
    phase phase_ = phase::idle;
    bool late_ = false;
    bool continued_ = false;
    bool head_ = false;
    bool refused_ = false;
};

}  // namespace pinwire::http
