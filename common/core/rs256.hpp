// RS256 (RSA with SHA-256, PKCS #1 v1.5) and JSON web tokens signed with it, OpenSSL underneath.
// Deterministic: the same key and text give the same signature; times and ids come in. Immutable
// and safe to share; the key is freed with the last copy. Throws std::runtime_error only if OpenSSL
// itself fails.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/secret.hpp"

namespace pinwire {

class rs256_key {
public:
    // A private key in PEM, unencrypted, RSA of 2048 bits or more; none: it is something else.
    static std::optional<rs256_key> from_pem(const secret& pem);

    std::string sign(std::string_view text) const;  // raw bytes

    // "header.claims.signature"; `claims` is the claims' JSON text.
    std::string token(std::string_view claims) const;

private:
    explicit rs256_key(std::shared_ptr<void> key) : key_(std::move(key)) {}

    std::shared_ptr<void> key_;
};

}  // namespace pinwire
