// Who a request comes from when proxies stand between: the peer, or what trusted proxies say of it.
// Pure.
#pragma once

#include <string_view>
#include <vector>

#include "common/core/ip_address.hpp"

namespace pinwire {

// The last entry of X-Forwarded-For that no trusted proxy wrote; the peer itself when it isn't one.
ip_address client_address(
    const ip_address& peer, std::string_view forwarded_for, const std::vector<cidr>& trusted
);

// A mapped IPv4 address counts as what it maps.
bool holds(const std::vector<cidr>& blocks, const ip_address& address);

}  // namespace pinwire
