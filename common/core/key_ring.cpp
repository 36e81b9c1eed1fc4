#include "common/core/key_ring.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#include "common/core/base64.hpp"
#include "common/core/dlr_token.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/ring_words.hpp"
#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

using clock = std::chrono::system_clock;

constexpr std::size_t key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

struct ring_key {
    key_id id;
    digest256 seal{};
    digest256 sign{};
    digest256 digest{};
    digest256 guess{};
    bool active = false;
    std::optional<clock::time_point> retired;
};

using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

void must(int done) {
    if (done != 1) throw std::runtime_error("AES-256-GCM failed");
}

// The key id of v1.KID.…; nothing when it is no sealed text.
std::optional<std::string_view> kid_of(std::string_view sealed) {
    constexpr std::string_view version = "v1.";
    if (!sealed.starts_with(version)) return std::nullopt;
    sealed.remove_prefix(version.size());
    const auto dot = sealed.find('.');
    if (dot == std::string_view::npos || !is_key_id(sealed.substr(0, dot))) return std::nullopt;
    return sealed.substr(0, dot);
}

[[noreturn]] void fail(std::size_t line, std::string_view rule) {
    throw std::runtime_error(fmt::format("key ring, line {}: {}", line, rule));
}

void derive(ring_key& key, std::string_view master) {
    key.seal = hmac_sha256(master, "pinwire seal v1");
    key.sign = hmac_sha256(master, "pinwire dlr token v1");
    key.digest = hmac_sha256(master, "pinwire digest v1");
    key.guess = hmac_sha256(master, "pinwire guess v1");
}

void read_marks(ring_key& key, std::string_view rest, std::size_t number) {
    constexpr std::string_view retired = "retired=";
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
        if (word == "active") {
            key.active = true;
        } else if (word.starts_with(retired)) {
            key.retired = parse_rfc3339(word.substr(retired.size()));
            if (!key.retired) fail(number, "retired= takes an RFC 3339 time");
        } else {
            fail(number, "after the key only `active` and `retired=TIME` are allowed");
        }
    }
    if (key.active && key.retired) fail(number, "a retired key can't be active");
}

// Nothing for a line without a key.
std::optional<ring_key> read_line(std::string_view line, std::size_t number) {
    line = without_comment(line);
    const auto kid = take_word(line);
    if (kid.empty()) return std::nullopt;
    if (!is_key_id(kid)) fail(number, "a key id is 1 to 6 of a-z and 0-9");
    auto master = base64_decode(take_word(line));
    if (!master || master->size() != key_bytes) fail(number, "the key is not base64 of 32 bytes");
    ring_key key;
    key.id = key_id(kid);
    derive(key, *master);
    OPENSSL_cleanse(master->data(), master->size());
    read_marks(key, line, number);
    return key;
}

}  // namespace

struct key_ring::impl {
    std::vector<ring_key> keys;
    std::size_t active = 0;

    impl() = default;
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() {
        for (auto& key : keys) {
            OPENSSL_cleanse(key.seal.data(), key.seal.size());
            OPENSSL_cleanse(key.sign.data(), key.sign.size());
            OPENSSL_cleanse(key.digest.data(), key.digest.size());
            OPENSSL_cleanse(key.guess.data(), key.guess.size());
        }
    }

    const ring_key* find(std::string_view kid) const {
        for (const auto& key : keys)
            if (key.id.view() == kid) return &key;
        return nullptr;
    }
    const ring_key& signer() const { return keys[active]; }
};

key_ring key_ring::parse(std::string_view file_text) {
    auto made = std::make_shared<impl>();
    made->keys.reserve(ring_keys_max);  // growing would leave copies of keys behind
    std::optional<std::size_t> active;
    for (std::size_t number = 1; !file_text.empty(); ++number) {
        const auto line = file_text.substr(0, file_text.find('\n'));
        file_text.remove_prefix(std::min(line.size() + 1, file_text.size()));
        auto key = read_line(line, number);
        if (!key) continue;
        if (made->find(key->id.view()) != nullptr) fail(number, "this key id stands there twice");
        if (made->keys.size() == ring_keys_max)
            fail(number, fmt::format("at most {} keys", ring_keys_max));
        if (key->active && active) fail(number, "only one key can be active");
        if (key->active) active = made->keys.size();
        made->keys.push_back(std::move(*key));
    }
    if (!active) throw std::runtime_error("key ring: one key must be marked `active`");
    made->active = *active;
    key_ring ring;
    ring.impl_ = std::move(made);
    return ring;
}

std::string key_ring::make_line(
    const key_id& kid, std::span<const std::uint8_t, 32> random, bool active
) {
    if (!is_key_id(kid.view())) throw std::runtime_error("a key id is 1 to 6 of a-z and 0-9");
    return fmt::format("{} {}{}\n", kid.str(), base64_encode(random), active ? " active" : "");
}

std::string key_ring::seal(const secret& clear, std::string_view context, const nonce96& nonce)
    const {
    const ring_key& key = impl_->signer();
    const std::string_view text = clear.reveal();
    std::string box(nonce_bytes + text.size() + tag_bytes, '\0');
    std::copy(nonce.begin(), nonce.end(), box.begin());
    unsigned char* out = bytes_of(box);

    const cipher_context cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int size = 0;
    must(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.seal.data(), nonce.data())
    );
    const int context_size = static_cast<int>(context.size());
    must(EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), context_size));
    const int text_size = static_cast<int>(text.size());
    must(EVP_EncryptUpdate(cipher.get(), out + nonce_bytes, &size, bytes_of(text), text_size));
    unsigned char* tag = out + nonce_bytes + text.size();
    must(EVP_EncryptFinal_ex(cipher.get(), tag, &size));
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, int{tag_bytes}, tag));
    return fmt::format("v1.{}.{}", key.id.str(), base64url_encode(std::span(out, box.size())));
}

boost::system::result<secret, unseal_error> key_ring::unseal(
    std::string_view sealed, std::string_view context
) const {
    const auto kid = kid_of(sealed);
    if (!kid) return unseal_error::malformed;
    auto box = base64url_decode(sealed.substr(kid->data() + kid->size() + 1 - sealed.data()));
    if (!box || box->size() < nonce_bytes + tag_bytes) return unseal_error::malformed;
    const ring_key* key = impl_->find(*kid);
    if (key == nullptr) return unseal_error::unknown_key;

    unsigned char* in = bytes_of(*box);
    const std::size_t text_size = box->size() - nonce_bytes - tag_bytes;
    std::string clear(text_size, '\0');
    const cipher_context cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int size = 0;
    must(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key->seal.data(), in));
    const int context_size = static_cast<int>(context.size());
    must(EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), context_size));
    const int in_size = static_cast<int>(text_size);
    must(EVP_DecryptUpdate(cipher.get(), bytes_of(clear), &size, in + nonce_bytes, in_size));
    unsigned char* tag = in + nonce_bytes + text_size;
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, int{tag_bytes}, tag));
    unsigned char rest = 0;
    secret opened(std::move(clear));  // wiped even if the tag doesn't fit
    if (EVP_DecryptFinal_ex(cipher.get(), &rest, &size) != 1) return unseal_error::forged;
    return opened;
}

std::string key_ring::pin_context(
    const account_name& account, const pin_id& pin, const msisdn& to
) {
    return fmt::format(
        "pin {}:{} {}:{} {}",
        account.str().size(),
        account.str(),
        pin.str().size(),
        pin.str(),
        to.digits()
    );
}

std::string key_ring::digest(const secret& clear, std::string_view context, std::string_view sealed)
    const {
    const auto kid = kid_of(sealed);
    const ring_key* found = kid ? impl_->find(*kid) : nullptr;
    const ring_key& key = found != nullptr ? *found : impl_->signer();
    std::string message = fmt::format("{}:{}", context.size(), context);
    message.reserve(message.size() + clear.reveal().size());
    message.append(clear.reveal());
    const secret wiped(std::move(message));
    return hex_encode(hmac_sha256(key.digest, wiped.reveal()));
}

std::string key_ring::guess_context(const account_name& account, const pin_id& pin) {
    return fmt::format(
        "guess {}:{} {}:{}", account.str().size(), account.str(), pin.str().size(), pin.str()
    );
}

std::optional<guess_mac> key_ring::mac_of_guess(
    const key_id& kid, const secret& pin, std::string_view context
) const {
    const ring_key* key = impl_->find(kid.view());
    if (key == nullptr) return std::nullopt;
    std::string message;
    message.reserve(context.size() + pin.reveal().size() + 1);
    message.append(context).append("\n").append(pin.reveal());
    const secret wiped(std::move(message));
    return hmac_sha256(key->guess, wiped.reveal());
}

namespace {

std::string token_mac(const ring_key& key, const carrier_name& carrier, const attempt_id& attempt) {
    const std::string message =
        fmt::format("{}:{} {}", carrier.str().size(), carrier.str(), attempt.hex());
    const digest256 whole = hmac_sha256(key.sign, message);
    return hex_encode(std::span(whole).first<token_mac_bytes>());
}

}  // namespace

std::string key_ring::dlr_token(const carrier_name& carrier, const attempt_id& attempt) const {
    const ring_key& key = impl_->signer();
    return attempt.hex() + key.id.str() + token_mac(key, carrier, attempt);
}

boost::system::result<attempt_id, token_error> key_ring::verify_dlr_token(
    const carrier_name& carrier, std::string_view token, clock::time_point now
) const {
    const auto parts = split_dlr_token(token);
    if (!parts) return token_error::malformed;
    const ring_key* key = impl_->find(parts->key);
    if (key == nullptr) return token_error::unknown_key;
    const bool fits = equal_constant_time(token_mac(*key, carrier, parts->attempt), parts->mac);
    const bool live = !key->retired || now <= *key->retired + token_life;
    if (!fits || !live) return token_error::forged;
    return parts->attempt;
}

const key_id& key_ring::active() const noexcept {
    return impl_->signer().id;
}

std::vector<key_id> key_ring::ids() const {
    std::vector<key_id> all;
    for (const auto& key : impl_->keys)
        all.push_back(key.id);
    return all;
}

std::string_view to_string(unseal_error error) {
    switch (error) {
        case unseal_error::malformed:
            return "malformed";
        case unseal_error::unknown_key:
            return "unknown_key";
        case unseal_error::forged:
            return "forged";
    }
    return "?";
}

std::string_view to_string(token_error error) {
    switch (error) {
        case token_error::malformed:
            return "malformed";
        case token_error::unknown_key:
            return "unknown_key";
        case token_error::forged:
            return "forged";
    }
    return "?";
}

void throw_exception_from_error(unseal_error error, const boost::source_location&) {
    throw std::runtime_error(fmt::format("sealed text: {}", to_string(error)));
}

void throw_exception_from_error(token_error error, const boost::source_location&) {
    throw std::runtime_error(fmt::format("DLR token: {}", to_string(error)));
}

}  // namespace pinwire
