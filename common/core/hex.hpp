// Lower-case hex digits of bytes, and the value of one digit. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace pinwire {

std::string hex_encode(std::span<const std::uint8_t> bytes);

// 0 to 15, either case; -1 when it is no hex digit.
constexpr int hex_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

}  // namespace pinwire
