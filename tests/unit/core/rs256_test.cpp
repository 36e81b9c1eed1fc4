#include "common/core/rs256.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "common/core/base64.hpp"

namespace pinwire {
namespace {

using key_handle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

key_handle new_rsa(unsigned bits) {
    return key_handle(EVP_RSA_gen(bits), &EVP_PKEY_free);
}

secret pem_of(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
    BIO* to = BIO_new(BIO_s_mem());
    char passphrase[] = "hush";
    PEM_write_bio_PrivateKey(
        to, key, cipher, nullptr, 0, nullptr, cipher ? static_cast<void*>(passphrase) : nullptr
    );
    char* text = nullptr;
    const auto size = BIO_get_mem_data(to, &text);
    secret made(std::string(text, static_cast<std::size_t>(size)));
    BIO_free(to);
    return made;
}

bool verifies(EVP_PKEY* key, std::string_view text, std::string_view signature) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const auto bytes = [](std::string_view of) {
        return reinterpret_cast<const unsigned char*>(of.data());
    };
    const bool good =
        EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
        EVP_DigestVerify(context, bytes(signature), signature.size(), bytes(text), text.size()) ==
            1;
    EVP_MD_CTX_free(context);
    return good;
}

TEST(Rs256, SignsWhatThePublicKeyVerifies) {
    const auto key = new_rsa(2048);
    const auto ours = rs256_key::from_pem(pem_of(key.get()));
    ASSERT_TRUE(ours);
    const auto signature = ours->sign("text");
    EXPECT_EQ(signature.size(), 256u);
    EXPECT_TRUE(verifies(key.get(), "text", signature));
    EXPECT_FALSE(verifies(key.get(), "Text", signature));
    EXPECT_EQ(ours->sign("text"), signature) << "deterministic";
}

TEST(Rs256, MakesATokenOfThreeParts) {
    const auto key = new_rsa(2048);
    const auto token = rs256_key::from_pem(pem_of(key.get()))->token(R"({"iat":1})");
    const auto first = token.find('.');
    const auto second = token.rfind('.');
    ASSERT_LT(first, second);
    EXPECT_EQ(base64url_decode(token.substr(0, first)), R"({"alg":"RS256","typ":"JWT"})");
    EXPECT_EQ(base64url_decode(token.substr(first + 1, second - first - 1)), R"({"iat":1})");
    const auto signature = base64url_decode(token.substr(second + 1));
    ASSERT_TRUE(signature);
    EXPECT_TRUE(verifies(key.get(), token.substr(0, second), *signature));
}

TEST(Rs256, TakesNothingElseForAKey) {
    EXPECT_FALSE(rs256_key::from_pem(secret()));
    EXPECT_FALSE(rs256_key::from_pem(secret("no key")));
    const auto weak = new_rsa(1024);
    EXPECT_FALSE(rs256_key::from_pem(pem_of(weak.get())));
    const auto strong = new_rsa(2048);
    EXPECT_FALSE(rs256_key::from_pem(pem_of(strong.get(), EVP_aes_128_cbc()))) << "encrypted";
    const key_handle curve(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
    EXPECT_FALSE(rs256_key::from_pem(pem_of(curve.get())));
}

}  // namespace
}  // namespace pinwire
