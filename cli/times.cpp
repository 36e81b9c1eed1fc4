#include "cli/times.hpp"

#include "common/core/time_format.hpp"

namespace pinwire::cli {

std::string time_text(std::optional<std::chrono::system_clock::time_point> at) {
    using point = std::chrono::system_clock::time_point;
    if (!at || *at == point::min()) return "-";
    if (*at == point::max()) return "never";
    constexpr std::size_t to_the_second = 19;
    auto text = format_rfc3339(*at).substr(0, to_the_second);
    text[10] = ' ';
    return text;
}

}  // namespace pinwire::cli
