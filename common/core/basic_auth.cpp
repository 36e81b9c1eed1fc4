#include "common/core/basic_auth.hpp"

#include <cstdint>
#include <span>

#include "common/core/base64.hpp"

namespace pinwire {

std::string basic_proof(std::string_view user_and_password) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(user_and_password.data());
    return "Basic " + base64_encode(std::span(bytes, user_and_password.size()));
}

std::string basic_proof(std::string_view user, std::string_view password) {
    return basic_proof(std::string(user) + ":" + std::string(password));
}

}  // namespace pinwire
