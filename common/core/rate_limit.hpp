// A bound of so many in so long, in the vendor's spelling: "1/3s", "10000/1d", "3/d" (one day), and
// the durations beside it: "15m", "900000ms". Units: ms, s, m (minutes), h, d. Source: Infobip 2FA
// v2, application configuration. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinwire {

struct rate_limit {
    std::int64_t most = 0;  // 0: no bound
    std::chrono::milliseconds within{0};

    bool bounded() const noexcept { return most > 0; }
    friend bool operator==(const rate_limit&, const rate_limit&) = default;
};

// At least 1 in more than 0 ms and at most 366 days; nothing else, no spaces.
std::optional<rate_limit> parse_rate_limit(std::string_view text);
// The shortest form that means the same: "3/1d".
std::string to_string(const rate_limit&);

// "15m". At least 1 ms, at most 366 days.
std::optional<std::chrono::milliseconds> parse_length_of_time(std::string_view text);
std::string length_of_time_text(std::chrono::milliseconds);

}  // namespace pinwire
