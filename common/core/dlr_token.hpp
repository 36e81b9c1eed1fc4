// How the token of a DLR URL is laid out: attempt id, key id, HMAC. Says what a token claims, never
// that it is true: key_ring::verify_dlr_token judges. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "common/core/ids.hpp"

namespace pinwire {

// Half a SHA-256: 128 bits.
inline constexpr std::size_t token_mac_bytes = 16;

struct dlr_token_parts {
    attempt_id attempt;
    std::string_view key;  // a key id by its form; borrowed from the token
    std::string_view mac;  // lower-case hex; borrowed likewise
};

// Nothing: no token of ours.
std::optional<dlr_token_parts> split_dlr_token(std::string_view token);

// 1 to 6 of [a-z0-9]: a token has room for no more.
bool is_key_id(std::string_view text);

}  // namespace pinwire
