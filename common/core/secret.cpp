#include "common/core/secret.hpp"

#include <openssl/crypto.h>

namespace pinwire {

void secret::wipe(std::string& text) noexcept {
    if (text.capacity() == 0) return;
    text.resize(text.capacity());  // never allocates
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

bool operator==(const secret& left, const secret& right) {
    if (left.clear_.size() != right.clear_.size()) return false;
    return CRYPTO_memcmp(left.clear_.data(), right.clear_.data(), left.clear_.size()) == 0;
}

}  // namespace pinwire
