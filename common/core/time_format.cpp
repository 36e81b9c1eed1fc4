#include "common/core/time_format.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

namespace pinwire {
namespace {

using std::chrono::days;
using std::chrono::hh_mm_ss;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::system_clock;
using std::chrono::year_month_day;

struct wall_clock {
    year_month_day date;
    hh_mm_ss<microseconds> time;
};

wall_clock split(system_clock::time_point at) {
    const auto exact = std::chrono::floor<microseconds>(at);
    const auto day = std::chrono::floor<days>(exact);
    return {year_month_day(day), hh_mm_ss<microseconds>(exact - day)};
}

// Reads exactly `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<sys_days> take_date(std::string_view& text) {
    const auto y = take_digits(text, 4);
    if (!y || !take(text, '-')) return std::nullopt;
    const auto m = take_digits(text, 2);
    if (!m || !take(text, '-')) return std::nullopt;
    const auto d = take_digits(text, 2);
    if (!d || *y < 1970 || *y > 2199) return std::nullopt;
    const year_month_day date{
        std::chrono::year(*y),
        std::chrono::month(static_cast<unsigned>(*m)),
        std::chrono::day(static_cast<unsigned>(*d))};
    if (!date.ok()) return std::nullopt;
    return sys_days(date);
}

std::optional<seconds> take_time(std::string_view& text) {
    const auto h = take_digits(text, 2);
    if (!h || !take(text, ':')) return std::nullopt;
    const auto m = take_digits(text, 2);
    if (!m || !take(text, ':')) return std::nullopt;
    const auto s = take_digits(text, 2);
    if (!s || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
    return hours(*h) + minutes(*m) + seconds(*s);
}

// What an offset moves out of the years that are written is no time either: it could not be read
// again.
std::optional<system_clock::time_point> within_bounds(std::chrono::sys_time<nanoseconds> at) {
    constexpr sys_days first{
        year_month_day{std::chrono::year(1970), std::chrono::January, std::chrono::day(1)}};
    constexpr sys_days end{
        year_month_day{std::chrono::year(2200), std::chrono::January, std::chrono::day(1)}};
    if (at < first || at >= end) return std::nullopt;
    return std::chrono::time_point_cast<system_clock::duration>(at);
}

std::optional<nanoseconds> take_fraction(std::string_view& text) {
    if (!take(text, '.')) return nanoseconds(0);
    std::int64_t value = 0;
    int count = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (++count > 9) return std::nullopt;
        value = value * 10 + (text.front() - '0');
        text.remove_prefix(1);
    }
    if (count == 0) return std::nullopt;
    for (; count < 9; ++count)
        value *= 10;
    return nanoseconds(value);
}

std::optional<seconds> take_offset(std::string_view& text) {
    if (take(text, 'Z') || take(text, 'z')) return seconds(0);
    const bool west = take(text, '-');
    if (!west && !take(text, '+')) return std::nullopt;
    const auto h = take_digits(text, 2);
    if (!h || !take(text, ':')) return std::nullopt;
    const auto m = take_digits(text, 2);
    if (!m || *h > 23 || *m > 59) return std::nullopt;
    const seconds east = hours(*h) + minutes(*m);
    return west ? -east : east;
}

}  // namespace

std::string format_rfc3339(system_clock::time_point at) {
    const auto [date, time] = split(at);
    return fmt::format(
        // compiled: a job's rows hold a dozen of them, and reading the pattern took most of the
        // time
        FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z"),
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        time.hours().count(),
        time.minutes().count(),
        time.seconds().count(),
        time.subseconds().count()
    );
}

std::optional<system_clock::time_point> parse_rfc3339(std::string_view text) {
    const auto date = take_date(text);
    if (!date) return std::nullopt;
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
    const auto time = take_time(text);
    if (!time) return std::nullopt;
    const auto fraction = take_fraction(text);
    if (!fraction) return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;
    return within_bounds(*date + *time + *fraction - *offset);
}

std::string format_plain(system_clock::time_point at, seconds offset) {
    const auto [date, time] = split(at + offset);
    return fmt::format(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        time.hours().count(),
        time.minutes().count(),
        time.seconds().count()
    );
}

std::optional<system_clock::time_point> parse_plain(std::string_view text, seconds offset) {
    const auto date = take_date(text);
    if (!date || !take(text, ' ')) return std::nullopt;
    const auto time = take_time(text);
    if (!time || !text.empty()) return std::nullopt;
    return within_bounds(*date + *time - offset);
}

}  // namespace pinwire
