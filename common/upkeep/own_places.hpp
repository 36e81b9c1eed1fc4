// Where the configured Postgres and Kafka listen, by the system's name servers, so that no
// customer's URL leads there. A name that can't be looked up keeps the addresses it had; brokers
// that only the cluster names aren't known. Loop thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/config/settings.hpp"
#include "common/core/address_policy.hpp"
#include "common/http/resolver.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::upkeep {

struct server_name {
    std::string host;  // name or literal, IPv6 without brackets
    std::uint16_t port = 0;

    friend bool operator==(const server_name&, const server_name&) = default;
};

// Of the configuration: bootstrap servers, and the database's but for sockets in the file system.
std::vector<server_name> servers_of(const config::settings&);

class own_places {
public:
    own_places(boost::asio::io_context&, const config::settings&);

    struct places {
        std::vector<ip_address> addresses;  // without loopback's: others may listen there, too
        std::vector<door> doors;

        friend bool operator==(const places&, const places&) = default;
    };
    // Null before the first look.
    std::shared_ptr<const places> known() const { return known_; }

    // One look, bounded by some seconds.
    awaitable<void> look();
    // Again each minute; until cancelled.
    awaitable<void> run();

private:
    struct server {
        server_name name;
        std::vector<ip_address> addresses;  // as last known
    };

    std::vector<server> servers_;
    http::resolver names_;
    std::shared_ptr<const places> known_;
};

}  // namespace pinwire::upkeep
