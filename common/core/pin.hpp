// Minting a PIN, and whether a given one is of the asked kind. Every character of the alphabet is
// equally likely: bytes that would favour some are drawn again. Pure: random bytes come in; they
// must come from a cryptographic generator.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "common/core/job.hpp"
#include "common/core/secret.hpp"

namespace pinwire {

// numeric 0-9, alpha A-Z, alphanumeric A-Z0-9, hex 0-9A-F; always upper case. Throws
// std::runtime_error when the random source is stuck.
secret mint_pin(const pin_parameters&, const std::function<std::uint8_t()>& random_byte);

// A code that a caller made himself: 4 to 16 of 0-9 and A-Z.
bool is_code(std::string_view text);
// The narrowest of numeric, alpha and alphanumeric that has all of a code's characters.
pin_type narrowest_type(std::string_view code);

// Right length, right alphabet.
bool fits(const pin_parameters&, const secret& pin);

}  // namespace pinwire
