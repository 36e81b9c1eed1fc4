// JSON web tokens signed with HS256 (RFC 7515, 7519), read only: the claims of one whose signature
// holds. No other algorithm is taken, whatever the token's header asks for. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/secret.hpp"

namespace pinwire {

// The claims' JSON text; none: no such token, another algorithm, or another key.
std::optional<std::string> hs256_claims(const secret& key, std::string_view token);

}  // namespace pinwire
