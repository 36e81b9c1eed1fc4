#include "sim/json_text.hpp"

#include <array>

namespace pinwire::sim {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Length of the UTF-8 sequence that starts the text; 0 if it is none.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    std::size_t length = 0;
    if (first >= 0xC2 && first <= 0xDF) length = 2;
    if (first >= 0xE0 && first <= 0xEF) length = 3;
    if (first >= 0xF0 && first <= 0xF4) length = 4;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    if (first == 0xED && byte(1) > 0x9F) return 0;  // surrogates
    if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
    if (first == 0xF4 && byte(1) > 0x8F) return 0;  // above U+10FFFF
    return length;
}

void append_escape(std::string& out, char character) {
    switch (character) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(character);
    out += "\\u00";
    out += digits[code >> 4];
    out += digits[code & 15];
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size()) {
            const auto code = static_cast<unsigned char>(text[plain]);
            if (code < 0x20 || code >= 0x80 || code == '"' || code == '\\') break;
            ++plain;
        }
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        std::size_t taken = 1;
        if (static_cast<unsigned char>(text[0]) < 0x80) {
            append_escape(out, text[0]);
        } else if (const std::size_t length = sequence_length(text); length > 0) {
            out += text.substr(0, length);
            taken = length;
        } else {
            out += replacement;
        }
        text.remove_prefix(taken);
    }
    out += '"';
}

void json_object::begin(std::string_view name) {
    if (text_.size() > 1) text_ += ',';
    append_json_string(text_, name);
    text_ += ':';
}

json_object& json_object::add(std::string_view name, std::string_view value) {
    begin(name);
    append_json_string(text_, value);
    return *this;
}

json_object& json_object::add(std::string_view name, std::uint64_t value) {
    begin(name);
    text_ += std::to_string(value);
    return *this;
}

json_object& json_object::add(std::string_view name, bool value) {
    begin(name);
    text_ += value ? "true" : "false";
    return *this;
}

json_object& json_object::add(std::string_view name, std::span<const std::string> values) {
    begin(name);
    text_ += '[';
    bool first = true;
    for (const std::string& value : values) {
        if (!first) text_ += ',';
        first = false;
        append_json_string(text_, value);
    }
    text_ += ']';
    return *this;
}

json_object& json_object::add_raw(std::string_view name, std::string_view json) {
    begin(name);
    text_ += json;
    return *this;
}

std::string json_object::take() {
    text_ += '}';
    return std::move(text_);
}

}  // namespace pinwire::sim
