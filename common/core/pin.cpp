#include "common/core/pin.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace pinwire {
namespace {

std::string_view alphabet_of(pin_type type) {
    switch (type) {
        case pin_type::numeric:
            return "0123456789";
        case pin_type::alpha:
            return "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        case pin_type::alphanumeric:
            return "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        case pin_type::hex:
            return "0123456789ABCDEF";
    }
    throw std::runtime_error("no such PIN type");
}

char draw(std::string_view alphabet, const std::function<std::uint8_t()>& random_byte) {
    // 256 is no multiple of 10, 26 or 36: the rest above the last whole multiple is drawn again. At
    // most 48 of 256 values are refused, so a generator that fails 1,000 times is broken.
    constexpr int draws_max = 1000;
    const unsigned size = static_cast<unsigned>(alphabet.size());
    const unsigned usable = 256 - 256 % size;
    for (int i = 0; i < draws_max; ++i) {
        const unsigned byte = random_byte();
        if (byte < usable) return alphabet[byte % size];
    }
    throw std::runtime_error("the random source is stuck");
}

}  // namespace

secret mint_pin(
    const pin_parameters& parameters, const std::function<std::uint8_t()>& random_byte
) {
    const auto alphabet = alphabet_of(parameters.type);
    std::string pin(parameters.length, '0');
    for (char& character : pin)
        character = draw(alphabet, random_byte);
    return secret(std::move(pin));
}

bool is_code(std::string_view text) {
    constexpr std::size_t least = 4;
    constexpr std::size_t most = 16;
    return text.size() >= least && text.size() <= most &&
           text.find_first_not_of(alphabet_of(pin_type::alphanumeric)) == std::string_view::npos;
}

pin_type narrowest_type(std::string_view code) {
    for (const auto type : {pin_type::numeric, pin_type::alpha})
        if (code.find_first_not_of(alphabet_of(type)) == std::string_view::npos) return type;
    return pin_type::alphanumeric;
}

bool fits(const pin_parameters& parameters, const secret& pin) {
    return pin.reveal().size() == parameters.length &&
           pin.reveal().find_first_not_of(alphabet_of(parameters.type)) == std::string_view::npos;
}

}  // namespace pinwire
