#include "api/request_id.hpp"

#include "common/core/hex.hpp"

namespace pinwire::api {
namespace {

constexpr std::size_t length_max = 64;
constexpr std::string_view allowed =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

}  // namespace

std::string request_id_of(std::string_view given, const std::array<std::uint8_t, 16>& random) {
    const bool fits = !given.empty() && given.size() <= length_max &&
                      given.find_first_not_of(allowed) == std::string_view::npos;
    return fits ? std::string(given) : hex_encode(random);
}

}  // namespace pinwire::api
