#include "common/core/placeholder.hpp"

namespace pinwire {

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
