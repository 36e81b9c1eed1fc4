#include "common/core/rs256.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "common/core/base64.hpp"

namespace pinwire {
namespace {

constexpr int bits_min = 2048;
constexpr std::string_view header = R"({"alg":"RS256","typ":"JWT"})";

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64url(std::string_view text) {
    return base64url_encode(std::span<const std::uint8_t>(bytes_of(text), text.size()));
}

// An encrypted key would make OpenSSL ask the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

}  // namespace

std::optional<rs256_key> rs256_key::from_pem(const secret& pem) {
    const auto text = pem.reveal();
    const std::unique_ptr<BIO, decltype(&BIO_free)> source(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free
    );
    if (!source) throw std::runtime_error("BIO_new_mem_buf failed");
    EVP_PKEY* key = PEM_read_bio_PrivateKey(source.get(), nullptr, &no_passphrase, nullptr);
    if (key == nullptr) {
        ERR_clear_error();
        return std::nullopt;
    }
    std::shared_ptr<void> held(key, [](void* old) { EVP_PKEY_free(static_cast<EVP_PKEY*>(old)); });
    if (EVP_PKEY_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_bits(key) < bits_min) return std::nullopt;
    return rs256_key(std::move(held));
}

std::string rs256_key::sign(std::string_view text) const {
    auto* key = static_cast<EVP_PKEY*>(key_.get());
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), &EVP_MD_CTX_free
    );
    std::size_t size = 0;
    const bool ready =
        context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) == 1;
    if (!ready) throw std::runtime_error("RS256 failed");
    std::vector<unsigned char> signature(size);
    if (EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(text), text.size()) != 1)
        throw std::runtime_error("RS256 failed");
    return std::string(reinterpret_cast<const char*>(signature.data()), size);
}

std::string rs256_key::token(std::string_view claims) const {
    const std::string signed_part = base64url(header) + "." + base64url(claims);
    return signed_part + "." + base64url(sign(signed_part));
}

}  // namespace pinwire
