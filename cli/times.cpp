#include "cli/times.hpp"

#include <fmt/format.h>

#include "cli/command.hpp"
#include "common/config/loader.hpp"
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

std::chrono::system_clock::time_point time_given(
    const std::string& text, const char* flag, std::chrono::system_clock::time_point now
) {
    if (const auto at = parse_rfc3339(text)) return *at;
    if (const auto day = parse_rfc3339(text + "T00:00:00Z")) return *day;
    if (const auto ago = config::parse_duration(text)) return now - *ago;
    throw failure(
        exit_code::wrong,
        fmt::format(
            "{} \"{}\": a time as 2026-11-22T10:00:00Z, a day, or how long ago, as 2h", flag, text
        )
    );
}

}  // namespace pinwire::cli
