// When something is tried again: reports to customers (DESIGN, section 6) and requests to carriers
// that were surely not sent. Pure: the random draw, 0 <= random < 1, comes in.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pinwire {

enum class report_answer {
    delivered,  // 2xx
    disable,    // 410: the endpoint wants nothing more, ever
    malformed,  // the endpoint calls the report malformed: three tries, then kept for replay
    retry       // everything else, redirects and network faults (status 0) included
};

report_answer classify_report_answer(unsigned status);
std::string_view to_string(report_answer);

inline constexpr std::chrono::hours report_retries_for{48};
inline constexpr unsigned malformed_tries_max = 3;

// How long after a failed try the next one comes: 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 5 h, 10 h,
// 10 h … (the first try is at once), each +-20 %. A Retry-After may lengthen the wait, up to 10 h.
// The last try is 48 h after the first. Nothing: no more tries (dead, kept for replay, or done).
// `tries`: made so far, the failed one included, at least 1.
std::optional<std::chrono::milliseconds> next_report_delay(
    report_answer answer,
    unsigned tries,
    std::chrono::milliseconds since_first_try,
    double random,
    std::chrono::seconds retry_after = std::chrono::seconds(0)
);

// Before a carrier is asked again after `failures` sure refusals in a row: 1, 2, 5, 10, 20, 30 s,
// then 30 s each. At least 1.
std::chrono::seconds attempt_backoff(unsigned failures);

// Value of a Retry-After header: seconds, or an HTTP date. Nothing when it is neither; a date that
// is past is 0.
std::optional<std::chrono::seconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now
);

}  // namespace pinwire
