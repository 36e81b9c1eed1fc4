#include "common/core/hmac_sha1.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace pinwire {

std::array<std::uint8_t, 20> hmac_sha1(std::string_view key, std::string_view message) {
    std::array<std::uint8_t, 20> digest{};
    unsigned size = 0;
    const auto* made = HMAC(
        EVP_sha1(),
        key.empty() ? "" : key.data(),  // OpenSSL takes no null pointer for an empty key
        static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(message.data()),
        message.size(),
        digest.data(),
        &size
    );
    if (made == nullptr || size != digest.size()) throw std::runtime_error("HMAC-SHA-1 failed");
    return digest;
}

}  // namespace pinwire
