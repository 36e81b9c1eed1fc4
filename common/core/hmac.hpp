// HMAC-SHA-256 and SHA-256 as plain functions (OpenSSL underneath), and a comparison that takes the
// same time wherever two digests differ. Throws std::runtime_error only if OpenSSL itself fails.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace pinwire {

using digest256 = std::array<std::uint8_t, 32>;

digest256 hmac_sha256(std::span<const std::uint8_t> key, std::string_view message);
digest256 hmac_sha256(std::string_view key, std::string_view message);
digest256 sha256(std::string_view message);

// False at once when the lengths differ.
bool equal_constant_time(std::string_view left, std::string_view right);

}  // namespace pinwire
