#include "common/core/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace pinwire {
namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

digest256 hmac_sha256(std::span<const std::uint8_t> key, std::string_view message) {
    static const std::uint8_t no_key = 0;  // OpenSSL takes no null pointer for an empty key
    digest256 digest{};
    unsigned size = 0;
    const auto* made = HMAC(
        EVP_sha256(),
        key.empty() ? &no_key : key.data(),
        static_cast<int>(key.size()),
        bytes_of(message),
        message.size(),
        digest.data(),
        &size
    );
    if (made == nullptr || size != digest.size()) throw std::runtime_error("HMAC-SHA-256 failed");
    return digest;
}

digest256 hmac_sha256(std::string_view key, std::string_view message) {
    return hmac_sha256(std::span(bytes_of(key), key.size()), message);
}

digest256 sha256(std::string_view message) {
    digest256 digest{};
    unsigned size = 0;
    const int done =
        EVP_Digest(message.data(), message.size(), digest.data(), &size, EVP_sha256(), nullptr);
    if (done != 1 || size != digest.size()) throw std::runtime_error("SHA-256 failed");
    return digest;
}

bool equal_constant_time(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace pinwire
