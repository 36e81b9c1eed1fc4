#include "common/core/form.hpp"

#include <algorithm>

namespace pinwire {
namespace {

bool unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

void append_encoded(std::string& out, std::string_view text, bool plus_for_space) {
    static constexpr char digits[] = "0123456789ABCDEF";
    for (char c : text) {
        if (unreserved(c)) {
            out += c;
        } else if (c == ' ' && plus_for_space) {
            out += '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high << 4 | low);
            i += 2;
        }
    }
    return out;
}

}  // namespace

std::string percent_encode(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 4);
    append_encoded(out, text, false);
    return out;
}

std::string form_encode(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 4);
    append_encoded(out, text, true);
    return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
    return decode(text, false);
}

std::optional<form> form::parse(std::string_view text, std::size_t max) {
    form out;
    while (!text.empty()) {
        const auto piece = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(piece.size() + 1, text.size()));
        if (piece.empty()) continue;
        if (out.parameters_.size() == max) return std::nullopt;
        const auto equals = piece.find('=');
        auto name = decode(piece.substr(0, equals), true);
        const bool has_value = equals != std::string_view::npos;
        auto value = decode(has_value ? piece.substr(equals + 1) : std::string_view{}, true);
        if (!name || !value) return std::nullopt;
        out.parameters_.emplace_back(std::move(*name), std::move(*value));
    }
    return out;
}

void form::add(std::string name, std::string value) {
    parameters_.emplace_back(std::move(name), std::move(value));
}

const std::string* form::find(std::string_view name) const {
    for (const auto& [key, value] : parameters_) {
        if (key == name) return &value;
    }
    return nullptr;
}

std::string form::encode() const {
    std::string out;
    for (const auto& [name, value] : parameters_) {
        if (!out.empty()) out += '&';
        append_encoded(out, name, true);
        out += '=';
        append_encoded(out, value, true);
    }
    return out;
}

std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

std::string_view query_of(std::string_view target) {
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

}  // namespace pinwire
