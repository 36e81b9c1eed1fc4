#include "common/core/base64.hpp"

#include <array>

namespace pinwire {
namespace {

constexpr std::string_view plain_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using value_table = std::array<std::int8_t, 256>;

constexpr value_table values_of(std::string_view alphabet) {
    value_table table{};
    for (auto& value : table)
        value = -1;
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
}

constexpr value_table plain_values = values_of(plain_alphabet);
constexpr value_table url_values = values_of(url_alphabet);

std::string encode(std::span<const std::uint8_t> bytes, std::string_view alphabet) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const std::uint8_t byte : bytes) {
        bits = (bits << 8) | byte;
        for (count += 8; count >= 6; count -= 6)
            text.push_back(alphabet[(bits >> (count - 6)) & 63]);
    }
    if (count > 0) text.push_back(alphabet[(bits << (6 - count)) & 63]);
    return text;
}

std::optional<std::string> decode(std::string_view text, const value_table& values) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const int value = values[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<char>((bits >> count) & 255));
    }
    if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;  // two texts for the same bytes
    return bytes;
}

}  // namespace

std::string base64_encode(std::span<const std::uint8_t> bytes) {
    std::string text = encode(bytes, plain_alphabet);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::string base64url_encode(std::span<const std::uint8_t> bytes) {
    return encode(bytes, url_alphabet);
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    if (text.ends_with("=="))
        text.remove_suffix(2);
    else if (text.ends_with('='))
        text.remove_suffix(1);
    return decode(text, plain_values);
}

std::optional<std::string> base64url_decode(std::string_view text) {
    return decode(text, url_values);
}

}  // namespace pinwire
