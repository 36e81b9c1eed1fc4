// Between our address value and Asio's. Internal to common/http.
#pragma once

#include <boost/asio/ip/address.hpp>

#include "common/core/ip_address.hpp"

namespace pinwire::http {

inline boost::asio::ip::address to_asio(const ip_address& address) {
    if (address.is_v4()) return boost::asio::ip::address_v4(address.v4());
    return boost::asio::ip::address_v6(address.v6());
}

inline ip_address from_asio(const boost::asio::ip::address& address) {
    if (address.is_v4()) return ip_address(address.to_v4().to_bytes());
    return ip_address(address.to_v6().to_bytes());
}

}  // namespace pinwire::http
