// Decides whether a resolved address and port may be dialled for a stranger's URL (report_url):
// nothing that is private, local, reserved or a cloud's metadata service, in any IPv6 disguise.
// Pure; immutable once made; may be shared by any number of threads. WEBHOOKS: the caller must
// judge every address of an answer, refuse if one is refused, and dial exactly the address that was
// judged.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/core/ip_address.hpp"

namespace pinwire {

enum class address_verdict {
    allowed,
    forbidden_address,  // private, local, reserved, multicast, metadata …
    denied_here,        // one of our own addresses (interfaces, Postgres, Kafka)
    forbidden_port,     // not in the account's list of ports
};

// Safe to log.
std::string_view to_string(address_verdict verdict);

// Where one of our own servers listens.
struct door {
    ip_address address;
    std::uint16_t port = 0;

    friend bool operator==(const door&, const door&) = default;
};

struct address_rules {
    bool allow_http = false;  // adds ports 80 and 8080 to the default list
    std::vector<cidr> allow;  // private deployments: wins over the built-in list, not over `deny`
    std::vector<cidr> deny;   // wins over everything
    // Our servers': allowed only if `allow` names the very address by itself.
    std::vector<ip_address> own;
    std::vector<door> doors;           // Postgres, Kafka: never, whatever is allowed
    std::vector<std::uint16_t> ports;  // empty: the default list; not empty: exactly these
    bool nat64 = false;  // true: judge 64:ff9b::/96 by the IPv4 address inside; false: refuse it
};

class address_policy {
public:
    explicit address_policy(address_rules rules = {}) : rules_(std::move(rules)) {}

    // Address and port. A port is looked at first: it needs no lookup.
    address_verdict judge(const ip_address& address, std::uint16_t port) const;
    address_verdict judge_address(const ip_address& address) const;
    bool port_allowed(std::uint16_t port) const;
    // `allow` names this very address, not as one of a block.
    bool names(const ip_address& address) const;

private:
    bool is_door(const ip_address& address, std::uint16_t port) const;

    address_rules rules_;
};

bool same_rules(const address_rules& left, const address_rules& right);

// The built-in list alone: true if the address is an ordinary public unicast address.
bool is_public_unicast(const ip_address& address);

}  // namespace pinwire
