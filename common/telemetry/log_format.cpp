#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

#include "common/telemetry/log.hpp"

namespace pinwire::telemetry {

namespace {

constexpr std::size_t value_bytes_max = 2000;

// In quotes, with JSON's escapes; what isn't ASCII is escaped as well, what isn't UTF-8 replaced.
std::string escaped(std::string_view text) {
    const bool cut = text.size() > value_bytes_max;
    auto kept = std::string(text.substr(0, value_bytes_max));
    if (cut) kept += "...";
    using json = nlohmann::json;
    return json(std::move(kept)).dump(-1, ' ', true, json::error_handler_t::replace);
}

bool is_plain(std::string_view text) {
    if (text.empty() || text.size() > value_bytes_max) return false;
    return std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
    });
}

std::string text_value(std::string_view text, log_format format) {
    return format == log_format::text && is_plain(text) ? std::string(text) : escaped(text);
}

std::string number_value(double value, log_format format) {
    if (!std::isfinite(value))
        return format == log_format::json ? "null" : fmt::format("{}", value);
    return fmt::format("{:.6g}", value);
}

std::string value_of(const field::value_type& given, log_format format) {
    struct {
        log_format format;
        std::string operator()(std::string_view v) const { return text_value(v, format); }
        std::string operator()(const std::string& v) const { return text_value(v, format); }
        std::string operator()(std::int64_t v) const { return std::to_string(v); }
        std::string operator()(std::uint64_t v) const { return std::to_string(v); }
        std::string operator()(double v) const { return number_value(v, format); }
        std::string operator()(bool v) const { return v ? "true" : "false"; }
    } const print{format};
    return std::visit(print, given);
}

std::string time_of(std::chrono::system_clock::time_point now) {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        parts.tm_year + 1900,
        parts.tm_mon + 1,
        parts.tm_mday,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec,
        ms % 1000
    );
}

}  // namespace

std::string_view to_string(log_level level) {
    switch (level) {
        case log_level::debug:
            return "debug";
        case log_level::info:
            return "info";
        case log_level::warn:
            return "warn";
        case log_level::error:
            break;
    }
    return "error";
}

std::string format_line(
    log_format format,
    std::chrono::system_clock::time_point now,
    log_level level,
    std::string_view event,
    std::span<const field> what
) {
    const bool json = format == log_format::json;
    auto line = json ? fmt::format(
                           R"({{"ts":"{}","level":"{}","event":{})",
                           time_of(now),
                           to_string(level),
                           escaped(event)
                       )
                     : fmt::format(
                           "ts={} level={} event={}",
                           time_of(now),
                           to_string(level),
                           text_value(event, format)
                       );
    for (const auto& one : what) {
        const auto value = value_of(one.value(), format);
        if (json)
            line += fmt::format(",{}:{}", escaped(one.key()), value);
        else
            line += fmt::format(" {}={}", one.key(), value);
    }
    if (json) line += '}';
    return line;
}

}  // namespace pinwire::telemetry
