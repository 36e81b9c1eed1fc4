#include "common/core/dlr_token.hpp"

#include <algorithm>

namespace pinwire {
namespace {

constexpr std::size_t key_id_max = 6;

bool is_lower_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

}  // namespace

std::optional<dlr_token_parts> split_dlr_token(std::string_view token) {
    constexpr std::size_t id_size = 32;
    constexpr std::size_t mac_size = token_mac_bytes * 2;
    if (token.size() <= id_size + mac_size || token.size() > id_size + mac_size + key_id_max)
        return std::nullopt;
    const auto id = token.substr(0, id_size);
    dlr_token_parts made;
    made.key = token.substr(id_size, token.size() - id_size - mac_size);
    made.mac = token.substr(token.size() - mac_size);
    if (!is_lower_hex(id) || !is_key_id(made.key) || !is_lower_hex(made.mac)) return std::nullopt;
    made.attempt = *attempt_id::parse(id);
    return made;
}

bool is_key_id(std::string_view text) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !text.empty() && text.size() <= key_id_max &&
           std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace pinwire
