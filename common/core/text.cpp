#include "common/core/text.hpp"

#include <algorithm>

namespace pinwire {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

bool is_continuation(unsigned byte) {
    return (byte & 0xC0U) == 0x80U;
}

// Bytes of the well-formed character that begins at `at`; 0: there is none.
std::size_t character_at(std::string_view text, std::size_t at) {
    const unsigned first = byte_at(text, at);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (at + size > text.size()) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if (!is_continuation(byte_at(text, at + i))) return 0;
    const unsigned second = byte_at(text, at + 1);
    if (first == 0xE0 && second < 0xA0) return 0;  // overlong
    if (first == 0xED && second > 0x9F) return 0;  // surrogate
    if (first == 0xF0 && second < 0x90) return 0;  // overlong
    if (first == 0xF4 && second > 0x8F) return 0;  // above U+10FFFF
    return size;
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = character_at(text, at);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

std::string storable_text(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
    std::string made;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = text[at] == '\0' ? 0 : character_at(text, at);
        const auto piece = size == 0 ? replacement : text.substr(at, size);
        if (made.size() + piece.size() > bytes_max) break;
        made += piece;
        at += std::max<std::size_t>(size, 1);
    }
    return made;
}

std::size_t characters_in(std::string_view text) {
    const auto starts = [](char c) { return !is_continuation(static_cast<unsigned char>(c)); };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts));
}

bool has_control_characters(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned byte = byte_at(text, i);
        if (byte < 0x20 || byte == 0x7F) return true;
        if (byte == 0xC2 && i + 1 < text.size() && byte_at(text, i + 1) < 0xA0) return true;
    }
    return false;
}

bool is_identifier(std::string_view text) {
    constexpr std::size_t size_max = 64;
    const auto allowed = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= size_max &&
           std::all_of(text.begin(), text.end(), allowed);
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\n\v\f\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

void upper_case(std::string& text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
}

}  // namespace pinwire
