// Base64 (RFC 4648): the plain alphabet with padding, and the URL alphabet without. Reading is
// strict: a foreign character, wrong padding or stray bits are refused. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pinwire {

std::string base64_encode(std::span<const std::uint8_t> bytes);
std::string base64url_encode(std::span<const std::uint8_t> bytes);
std::optional<std::string> base64_decode(std::string_view text);
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace pinwire
