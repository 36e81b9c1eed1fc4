// The key ring: symmetric 256-bit keys with ids, from one file. Each key seals PINs (AES-256-GCM),
// signs DLR tokens (HMAC-SHA-256), digests sealed codes and proves
// guesses, under separate derived subkeys. One key
// is `active`; the others still open and verify. Rotation has two steps (DESIGN, section 5): spread
// a key first, make it active later.
//
// File: one key a line, `KID BASE64 [active] [retired=RFC3339]`; `#` starts a comment. KID is 1 to
// 6 of [a-z0-9] (a DLR token has room for no more). Immutable after parsing; safe to share. Nonces
// come from the caller.
#pragma once

#include <array>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/secret.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

// Tokens of DLR URLs are told to carriers: a key verifies them so long after it was retired.
inline constexpr std::chrono::hours token_life{7 * 24};
inline constexpr std::size_t ring_keys_max = 16;

using nonce96 = std::array<std::uint8_t, 12>;
using guess_mac = std::array<std::uint8_t, 32>;

enum class unseal_error {
    malformed,    // not v1.KID.base64url(nonce, ciphertext, tag)
    unknown_key,  // a key id that this process doesn't have: our own trouble, try again after the
                  // ring is spread
    forged        // the tag doesn't fit: other key, other binding, or changed bytes
};

enum class token_error {
    malformed,    // no token of ours
    unknown_key,  // ours perhaps, of a key we haven't got: answered 503
    forged        // refused
};

[[noreturn]] void throw_exception_from_error(unseal_error, const boost::source_location&);
[[noreturn]] void throw_exception_from_error(token_error, const boost::source_location&);
std::string_view to_string(unseal_error);
std::string_view to_string(token_error);

class key_ring {
public:
    // Throws std::runtime_error naming the line and the rule, never the key.
    static key_ring parse(std::string_view file_text);
    // One line for the file, from 32 random bytes.
    static std::string make_line(
        const key_id&, std::span<const std::uint8_t, 32> random, bool active
    );

    // v1.KID.base64url(nonce, ciphertext, tag), bound to `context` (GCM's additional data).
    std::string seal(const secret& clear, std::string_view context, const nonce96&) const;
    boost::system::result<secret, unseal_error> unseal(
        std::string_view sealed, std::string_view context
    ) const;

    // The binding of a PIN: account, PIN id and number, unambiguously joined.
    static std::string pin_context(const account_name&, const pin_id&, const msisdn&);

    // Keyed digest (HMAC-SHA-256, hex) of what `sealed` holds: equal only for equal text, useless
    // without the ring. Under the key that sealed it, so that a message which is read again after a
    // rotation is still the same message; under the active one if that key isn't in the ring.
    std::string digest(const secret& clear, std::string_view context, std::string_view sealed)
        const;

    // What a PIN's row holds for comparing guesses: HMAC-SHA-256 under this key's own subkey over
    // account, PIN id and PIN. Useless without the ring. Nothing for a key id that this ring
    // hasn't got: our own trouble, not the guesser's.
    static std::string guess_context(const account_name&, const pin_id&);
    std::optional<guess_mac> mac_of_guess(
        const key_id&, const secret& pin, std::string_view context
    ) const;

    // The token of a DLR URL: attempt id, key id and HMAC-SHA-256 over carrier and id cut to 128
    // bits; lower-case letters and digits, at most 70 characters.
    std::string dlr_token(const carrier_name&, const attempt_id&) const;
    // Keys verify for 7 days after `retired`.
    boost::system::result<attempt_id, token_error> verify_dlr_token(
        const carrier_name&, std::string_view token, std::chrono::system_clock::time_point now
    ) const;

    const key_id& active() const noexcept;
    std::vector<key_id> ids() const;

private:
    key_ring() = default;
    struct impl;
    std::shared_ptr<const impl> impl_;
};

}  // namespace pinwire
