// The way in for delivery reports: read, authenticate, split into entries, hand to Kafka, and only
// then answer as the carrier expects (P5). Needs no database. Loop thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>

#include "callback/authenticate.hpp"
#include "callback/figures.hpp"
#include "common/carriers/carrier.hpp"
#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/http/server.hpp"
#include "common/kafka/producer.hpp"

namespace pinwire::callback {

class listener {
public:
    listener(
        boost::asio::io_context& context,
        const config::settings& settings,
        const key_ring& keys,
        kafka::producer& producer,
        figures& counts
    );
    ~listener();

    void start();  // throws boost::system::system_error when the address can't be bound
    void start(const http::listening_socket& door);  // that outlasts this listener
    http::peer local_endpoint() const;
    awaitable<void> stop(std::chrono::milliseconds grace);
    const http::server_counts& counts() const { return server_.counts(); }

private:
    void count(const authentication&, const ip_address& client);
    awaitable<http::response> serve(http::request, http::peer);
    http::response say(
        const proven&,
        const carriers::carrier&,
        const carriers::dlr_request&,
        std::chrono::system_clock::time_point now
    ) const;
    awaitable<bool> keep(
        const proven&, const carriers::carrier&, carriers::dlr_reading, std::string content_type
    );
    kafka::message entry_message(const proven&, dlr, bool alone) const;
    kafka::message raw_message(const proven&, const std::string& raw) const;

    const config::settings& settings_;
    const key_ring& keys_;
    kafka::producer& producer_;
    figures& figures_;
    std::map<carrier_name, std::unique_ptr<carriers::carrier>> carriers_;
    http::server server_;
};

}  // namespace pinwire::callback
