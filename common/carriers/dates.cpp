#include "common/carriers/dates.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "common/core/time_format.hpp"

namespace pinwire::carriers {
namespace {

constexpr std::array<std::string_view, 12> months = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string two(std::size_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The text up to the next space; the rest stays.
std::string_view word_of(std::string_view& rest) {
    while (rest.starts_with(' '))
        rest.remove_prefix(1);
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    return word;
}

}  // namespace

std::optional<std::chrono::system_clock::time_point> parse_rfc2822(std::string_view text) {
    if (const auto comma = text.find(','); comma != std::string_view::npos)
        text.remove_prefix(comma + 1);
    const auto day = word_of(text);
    const auto month = std::find(months.begin(), months.end(), word_of(text));
    const auto year = word_of(text);
    const auto time = word_of(text);
    std::string zone(word_of(text));
    if (day.empty() || day.size() > 2 || !all_digits(day) || month == months.end())
        return std::nullopt;
    if (zone == "GMT" || zone == "UTC") zone = "+0000";
    if (zone.size() != 5) return std::nullopt;
    zone.insert(3, ":");
    std::string written(year);
    written += "-" + two(static_cast<std::size_t>(month - months.begin()) + 1);
    written += "-" + std::string(day.size() == 1 ? "0" : "").append(day);
    written += "T" + std::string(time) + zone;
    return parse_rfc3339(written);
}

std::optional<std::chrono::system_clock::time_point> parse_digits(
    std::string_view text, std::chrono::seconds offset
) {
    if ((text.size() != 10 && text.size() != 12) || !all_digits(text)) return std::nullopt;
    const auto pair = [text](std::size_t at) { return std::string(text.substr(2 * at, 2)); };
    const std::string seconds = text.size() == 12 ? pair(5) : "00";
    return parse_plain(
        "20" + pair(0) + "-" + pair(1) + "-" + pair(2) + " " + pair(3) + ":" + pair(4) + ":" +
            seconds,
        offset
    );
}

}  // namespace pinwire::carriers
