#include "common/core/ids.hpp"

#include "common/core/hex.hpp"

namespace pinwire {

std::string to_hex(std::span<const std::uint8_t, 16> bytes) {
    return hex_encode(bytes);
}

std::optional<std::array<std::uint8_t, 16>> parse_hex128(std::string_view text) {
    const bool dashed = text.size() == 36;
    if (!dashed && text.size() != 32) return std::nullopt;
    std::array<std::uint8_t, 16> bytes{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (dashed && (i == 4 || i == 6 || i == 8 || i == 10)) {
            if (text[at++] != '-') return std::nullopt;
        }
        const int high = hex_value(text[at]);
        const int low = hex_value(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
    }
    return bytes;
}

}  // namespace pinwire
