// When a report is tried again (DESIGN, section 6). Pure: the random draw, 0 <= random < 1, comes
// in.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace pinwire {

enum class report_answer {
    delivered,  // 2xx
    disable,    // 410: the endpoint wants nothing more, ever
    malformed,  // the endpoint calls the report malformed: three tries, then kept for replay
    retry       // everything else, redirects and network faults (status 0) included
};

report_answer classify_report_answer(unsigned status);
std::string_view to_string(report_answer);

inline constexpr unsigned malformed_tries_max = 3;

// Waits before the second, third, … try; the last is repeated. Each +-20 %.
struct report_schedule {
    std::vector<std::chrono::milliseconds> waits{
        std::chrono::seconds(5),
        std::chrono::seconds(30),
        std::chrono::minutes(2),
        std::chrono::minutes(10),
        std::chrono::minutes(30),
        std::chrono::hours(2),
        std::chrono::hours(5),
        std::chrono::hours(10)};
    // The last try, from the first.
    std::chrono::milliseconds give_up_after = std::chrono::hours(48);
};

// Tries made so far, the failed one included: at least 1.
struct report_tries {
    unsigned made = 1;
    unsigned malformed = 0;  // of them, how many the endpoint called malformed
};

// How long after a failed try the next one comes. A Retry-After may lengthen the wait, up to 10 h.
// Nothing: no more tries (dead, kept for replay, or done).
std::optional<std::chrono::milliseconds> next_report_delay(
    report_answer answer,
    report_tries tries,
    std::chrono::milliseconds since_first_try,
    double random,
    std::chrono::seconds retry_after = std::chrono::seconds(0),
    const report_schedule& schedule = {}
);

// Value of a Retry-After header: seconds, or an HTTP date. Nothing when it is neither; a date that
// is past is 0.
std::optional<std::chrono::seconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now
);

}  // namespace pinwire
