// Times as text, in UTC, to the microsecond: RFC 3339 for everything of ours, and the plain
// "YYYY-MM-DD HH:MM:SS" of 360NRS. Years 1970 to 2199; what can't be a time is an empty optional.
// Pure; no time zone database.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pinwire {

// 2026-11-22T06:15:01.123456Z; digits below the microsecond are cut.
std::string format_rfc3339(std::chrono::system_clock::time_point at);

// Any offset, fraction of 1 to 9 digits or none. A leap second is read as the second after it.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

// 2026-11-22 06:15:01, the wall clock at that offset from UTC.
std::string format_plain(
    std::chrono::system_clock::time_point at, std::chrono::seconds offset = std::chrono::seconds(0)
);
std::optional<std::chrono::system_clock::time_point> parse_plain(
    std::string_view text, std::chrono::seconds offset = std::chrono::seconds(0)
);

}  // namespace pinwire
