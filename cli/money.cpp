#include "cli/money.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace pinwire::cli {
namespace {

constexpr std::size_t places_max = 6;
constexpr std::size_t digits_max = 9;
constexpr std::int64_t one = 1'000'000;

std::optional<std::int64_t> number_of(std::string_view digits) {
    std::int64_t value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace

std::optional<std::int64_t> parse_micros(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    auto places =
        point == std::string_view::npos ? std::string("0") : std::string(text.substr(point + 1));
    if (whole.empty() || whole.size() > digits_max) return std::nullopt;
    if (places.empty() || places.size() > places_max) return std::nullopt;
    places.append(places_max - places.size(), '0');
    const auto before = number_of(whole);
    const auto after = number_of(places);
    if (!before || !after) return std::nullopt;
    const auto value = *before * one + *after;
    return negative ? -value : value;
}

std::string micros_text(std::int64_t micros) {
    auto text = fmt::format(
        "{}{}.{:06}", micros < 0 ? "-" : "", std::abs(micros / one), std::abs(micros % one)
    );
    constexpr std::size_t kept = 2;
    const auto last = text.find_last_not_of('0');
    const auto shortest = text.find('.') + kept;
    text.erase(std::max(last, shortest) + 1);
    return text;
}

}  // namespace pinwire::cli
