#include "common/core/key_fingerprint.hpp"

#include <span>
#include <stdexcept>

#include "common/core/hex.hpp"

namespace pinwire {
namespace {

constexpr std::size_t fingerprint_bytes = 8;
// No guess is bound to it: those begin with another word (key_ring::guess_context).
constexpr std::string_view context = "fingerprint v1";

}  // namespace

std::string key_fingerprint(const key_ring& ring, const key_id& key) {
    const auto whole = ring.mac_of_guess(key, secret(std::string()), context);
    if (!whole) throw std::invalid_argument("no key " + key.str() + " in the ring");
    return hex_encode(std::span(*whole).first<fingerprint_bytes>());
}

std::string key_mark(const key_ring& ring, const key_id& key) {
    return key.str() + ":" + key_fingerprint(ring, key);
}

std::optional<std::string> marked_fingerprint(
    const std::vector<std::string>& words, const key_id& key
) {
    const auto begin = key.str() + ":";
    for (const auto& word : words)
        if (word.starts_with(begin)) return word.substr(begin.size());
    return std::nullopt;
}

}  // namespace pinwire
