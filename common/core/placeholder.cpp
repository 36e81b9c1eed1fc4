#include "common/core/placeholder.hpp"

#include <algorithm>

namespace pinwire {

bool is_message_text(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
    });
}

std::string_view placeholder_of(dialect spoken) {
    return spoken == dialect::infobip ? "{{pin}}" : "{PIN}";
}

std::size_t placeholders_in(dialect spoken, std::string_view text) {
    const auto mark = placeholder_of(spoken);
    std::size_t count = 0;
    for (auto at = text.find(mark); at != std::string_view::npos;
         at = text.find(mark, at + mark.size()))
        ++count;
    return count;
}

bool has_valid_placeholders(dialect spoken, std::string_view text) {
    const std::size_t count = placeholders_in(spoken, text);
    return spoken == dialect::infobip ? count >= 1 : count == 1;
}

}  // namespace pinwire
