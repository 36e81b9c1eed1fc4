// HMAC-SHA-1, for what others sign with it (Twilio's callbacks). Nothing of ours does. Pure; throws
// std::runtime_error only if OpenSSL itself fails.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pinwire {

std::array<std::uint8_t, 20> hmac_sha1(std::string_view key, std::string_view message);

}  // namespace pinwire
