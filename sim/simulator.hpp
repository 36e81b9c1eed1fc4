// The whole simulator behind one listener: carriers, lookup provider, handset inbox, customer
// endpoints and the admin interface. docs/simulator.md says what stands under which path.
// Everything on the io_context given, single-threaded; start, then stop before the context or this
// object goes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "common/runtime/asio.hpp"
#include "sim/settings.hpp"

namespace pinwire::sim {

class simulator {
public:
    // Throws std::runtime_error for a log file or secret that can't be used.
    simulator(boost::asio::io_context& context, settings given);
    ~simulator();
    simulator(const simulator&) = delete;
    simulator& operator=(const simulator&) = delete;

    void start();  // throws boost::system::system_error if the address can't be bound
    std::uint16_t port() const;
    std::string base_url() const;  // http://host:port, after start()

    // Forgets reports that wait, lets what is under way end within the grace, flushes the log.
    awaitable<void> stop(std::chrono::milliseconds grace);

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace pinwire::sim
