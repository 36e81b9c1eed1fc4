#include "common/core/text_template.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/core/form.hpp"
#include "common/core/text.hpp"

namespace pinwire {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || c == '_';
}

// The name behind an opening brace; empty: the brace is a plain one.
std::string_view name_at(std::string_view text) {
    const std::size_t begin = text.substr(1).starts_with('+') ? 2 : 1;
    std::size_t end = begin;
    while (end < text.size() && is_name_character(text[end]))
        ++end;
    if (end == begin || end == text.size() || text[end] != '}') return {};
    return text.substr(1, end - 1);
}

// Well-formed, whatever came: nlohmann replaces what isn't.
std::string json_string(std::string_view value) {
    const auto quoted = nlohmann::json(std::string(value))
                            .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

// U+FFFE and U+FFFF, the only characters above the control range that XML 1.0 excludes.
bool is_no_xml_character(std::string_view text, std::size_t at) {
    return text.substr(at, 2) == "\xEF\xBF" && at + 2 < text.size() &&
           (text[at + 2] == '\xBE' || text[at + 2] == '\xBF');
}

std::string_view xml_entity(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        case '\t':
            return "&#9;";
        case '\n':
            return "&#10;";
        case '\r':
            return "&#13;";
        default:
            return {};
    }
}

std::string xml_text(std::string_view value) {
    std::string clean;
    if (!is_utf8(value)) {
        clean = nlohmann::json::parse('"' + json_string(value) + '"').get<std::string>();
        value = clean;
    }
    std::string made;
    for (std::size_t at = 0; at < value.size(); ++at) {
        const auto entity = xml_entity(value[at]);
        if (!entity.empty()) {
            made += entity;
        } else if (static_cast<unsigned char>(value[at]) < 0x20) {
            made += replacement;
        } else if (is_no_xml_character(value, at)) {
            made += replacement;
            at += 2;
        } else {
            made += value[at];
        }
    }
    return made;
}

std::string without_controls(std::string_view value) {
    std::string made;
    for (const char c : value)
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) made += c;
    return made;
}

}  // namespace

std::string escaped(escaping how, std::string_view value) {
    switch (how) {
        case escaping::none:
            break;
        case escaping::json:
            return json_string(value);
        case escaping::form:
            return form_encode(value);
        case escaping::target:
            return percent_encode(value);
        case escaping::xml:
            return xml_text(value);
        case escaping::header:
            return without_controls(value);
    }
    return std::string(value);
}

boost::system::result<text_template, std::string> text_template::parse(
    std::string_view text, std::span<const std::string_view> known
) {
    text_template made;
    std::string plain;
    for (std::size_t at = 0; at < text.size();) {
        const auto name = text[at] == '{' ? name_at(text.substr(at)) : std::string_view();
        if (name.empty()) {
            plain += text[at++];
            continue;
        }
        if (std::find(known.begin(), known.end(), name) == known.end())
            return "{" + std::string(name) + "}";
        if (!plain.empty()) made.pieces_.push_back({std::move(plain), false});
        plain.clear();
        made.pieces_.push_back({std::string(name), true});
        at += name.size() + 2;
    }
    if (!plain.empty()) made.pieces_.push_back({std::move(plain), false});
    return made;
}

bool text_template::holds(std::string_view name) const {
    return std::any_of(pieces_.begin(), pieces_.end(), [name](const piece& one) {
        return one.is_name && one.text == name;
    });
}

std::string text_template::fill(
    escaping how, const std::function<std::string_view(std::string_view name)>& value_of
) const {
    std::string made;
    for (const piece& one : pieces_)
        made += one.is_name ? escaped(how, value_of(one.text)) : one.text;
    return made;
}

}  // namespace pinwire
