// Minting a PIN, and whether a given one is of the asked kind. Every character of the alphabet is
// equally likely: bytes that would favour some are drawn again. Pure: random bytes come in; they
// must come from a cryptographic generator.
#pragma once

#include <cstdint>
#include <functional>

#include "common/core/job.hpp"
#include "common/core/secret.hpp"

namespace pinwire {

// numeric 0-9, alpha A-Z, alphanumeric A-Z0-9, hex 0-9A-F; always upper case. Throws
// std::runtime_error when the random source is stuck.
secret mint_pin(const pin_parameters&, const std::function<std::uint8_t()>& random_byte);

// Right length, right alphabet.
bool fits(const pin_parameters&, const secret& pin);

}  // namespace pinwire
