// What a proxy says before the first byte of a connection about whose it is: the PROXY protocol of
// HAProxy, version 1 (a line of text) and 2 (binary). Only from proxies that are trusted: everybody
// else can say so, too. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/core/ip_address.hpp"

namespace pinwire {

struct proxy_header {
    enum class state {
        more,  // so far it may be one
        done,
        none  // these bytes are no PROXY header
    } what = state::none;
    std::size_t length = 0;            // done: where the connection's own bytes begin
    std::optional<ip_address> source;  // done; none: the proxy's own (a health check), or not told
    std::uint16_t port = 0;
};

// At the beginning of a connection; a header is at most proxy_header_max bytes long.
inline constexpr std::size_t proxy_header_max = 16 + 1024;
proxy_header read_proxy_header(std::string_view bytes);

}  // namespace pinwire
