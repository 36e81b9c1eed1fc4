#include <array>
#include <charconv>
#include <limits>

#include "common/config/loader.hpp"

namespace pinwire::config {

namespace {

struct unit {
    std::string_view name;
    std::int64_t ms;
};
// Longest first, for writing.
constexpr std::array<unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    std::int64_t count = 0;
    const auto end = text.data() + text.size();
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const auto [rest, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc{}) return std::nullopt;
    const std::string_view name(rest, static_cast<std::size_t>(end - rest));
    for (const auto& unit : units) {
        if (unit.name != name) continue;
        if (count > std::numeric_limits<std::int64_t>::max() / unit.ms) return std::nullopt;
        return std::chrono::milliseconds(count * unit.ms);
    }
    return std::nullopt;
}

std::string to_duration_text(std::chrono::milliseconds value) {
    if (value.count() == 0) return "0s";
    for (const auto& unit : units)
        if (value.count() % unit.ms == 0)
            return std::to_string(value.count() / unit.ms) + std::string(unit.name);
    return std::to_string(value.count()) + "ms";
}

}  // namespace pinwire::config
