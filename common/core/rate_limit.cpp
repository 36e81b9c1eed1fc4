#include "common/core/rate_limit.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace pinwire {
namespace {

using std::chrono::milliseconds;

struct unit {
    std::string_view name;
    std::int64_t ms;
};

// Longest first, so that a text is written in the largest unit that divides it.
constexpr std::array<unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::int64_t longest_ms = 366LL * 86'400'000;

// Digits only, at least 1; takes them off the text. Nothing when there are none.
std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || value < 1 || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return value;
}

std::optional<milliseconds> times_unit(std::int64_t count, std::string_view name) {
    for (const auto& one : units) {
        if (one.name != name) continue;
        if (count > longest_ms / one.ms) return std::nullopt;
        return milliseconds(count * one.ms);
    }
    return std::nullopt;
}

}  // namespace

std::optional<milliseconds> parse_length_of_time(std::string_view text) {
    const auto count = take_number(text);
    return count ? times_unit(*count, text) : std::nullopt;
}

std::string length_of_time_text(milliseconds length) {
    for (const auto& one : units) {
        if (length.count() % one.ms == 0)
            return fmt::format("{}{}", length.count() / one.ms, one.name);
    }
    return {};
}

std::optional<rate_limit> parse_rate_limit(std::string_view text) {
    const auto most = take_number(text);
    if (!most || text.empty() || text.front() != '/') return std::nullopt;
    text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    const bool bare = text.front() < '0' || text.front() > '9';  // "3/d" is "3/1d"
    const auto within = bare ? times_unit(1, text) : parse_length_of_time(text);
    if (!within) return std::nullopt;
    rate_limit made;
    made.most = *most;
    made.within = *within;
    return made;
}

std::string to_string(const rate_limit& limit) {
    return fmt::format("{}/{}", limit.most, length_of_time_text(limit.within));
}

}  // namespace pinwire
