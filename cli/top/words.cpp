#include "cli/top/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pinwire::cli {

std::string ascii(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) == 0x80U) continue;  // the rest of a character that was replaced
        const bool shown = byte >= 0x20 && byte <= 0x7E;
        out += shown ? c : c == '\n' || c == '\t' ? ' ' : '?';
    }
    return out;
}

std::string amount(std::int64_t number) {
    if (number < 100'000) return std::to_string(number);
    if (number < 1'000'000) return fmt::format("{}k", number / 1000);
    return fmt::format("{:.1f}M", static_cast<double>(number) / 1e6);
}

std::string amount(const postgres::bounded_count& count) {
    return amount(count.number) + (count.more ? "+" : "");
}

std::string per_second(const std::optional<double>& of) {
    if (!of) return "-";
    if (*of == 0) return "0/s";
    if (*of < 9.95) return fmt::format("{:.1f}/s", *of);
    return fmt::format("{}/s", amount(static_cast<std::int64_t>(*of + 0.5)));
}

std::string share(double of_one) {
    return fmt::format("{:.3g}%", of_one * 100);
}

std::string span(double seconds) {
    if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
    if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
    if (seconds < 120) return fmt::format("{:.0f} s", seconds);
    if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
    if (seconds < 172'800) return fmt::format("{:.0f} h", seconds / 3600);
    return fmt::format("{:.0f} d", seconds / 86'400);
}

double age(postgres::time_point then, postgres::time_point now) {
    return std::max(0.0, std::chrono::duration<double>(now - then).count());
}

}  // namespace pinwire::cli
