// Times as carriers write them and nobody else. What can't be one is an empty optional. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pinwire::carriers {

// "Wed, 19 Aug 2026 10:00:00 +0000" (RFC 2822, the day's name as written or left out).
std::optional<std::chrono::system_clock::time_point> parse_rfc2822(std::string_view text);

// "YYMMDDhhmm", or with seconds behind it, of this century.
std::optional<std::chrono::system_clock::time_point> parse_digits(
    std::string_view text, std::chrono::seconds offset = std::chrono::seconds(0)
);

}  // namespace pinwire::carriers
