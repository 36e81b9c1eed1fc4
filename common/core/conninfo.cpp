#include "common/core/conninfo.hpp"

#include <optional>

namespace pinwire {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void skip_spaces(std::string_view text, std::size_t& at) {
    while (at < text.size() && is_space(text[at]))
        ++at;
}

// Moves past one value, quoted or not; nothing if a quote stays open.
std::optional<std::string> take_value(std::string_view text, std::size_t& at) {
    std::string value;
    const bool open = at < text.size() && text[at] == '\'';
    if (open) ++at;
    while (at < text.size()) {
        if (text[at] == '\\') {
            ++at;
        } else if (open ? text[at] == '\'' : is_space(text[at])) {
            break;
        }
        if (at < text.size()) value += text[at++];
    }
    if (!open) return value;
    if (at >= text.size()) return std::nullopt;
    ++at;
    return value;
}

conninfo_reading refused(std::string why) {
    conninfo_reading made;
    made.wrong = std::move(why);
    return made;
}

}  // namespace

conninfo_reading read_conninfo(std::string_view text) {
    conninfo_reading read;
    std::size_t at = 0;
    for (skip_spaces(text, at); at < text.size(); skip_spaces(text, at)) {
        const auto begin = at;
        while (at < text.size() && is_word(text[at]))
            ++at;
        const std::string name(text.substr(begin, at - begin));
        skip_spaces(text, at);
        if (name.empty() || at >= text.size() || text[at] != '=')
            return refused("is no list of key=value (libpq's other form, a URI, isn't taken)");
        ++at;
        skip_spaces(text, at);
        auto value = take_value(text, at);
        if (!value) return refused("has a quote that is never closed");
        read.values[name] = std::move(*value);
    }
    return read;
}

}  // namespace pinwire
