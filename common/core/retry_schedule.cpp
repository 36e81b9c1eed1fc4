#include "common/core/retry_schedule.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/core/time_format.hpp"

namespace pinwire {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

constexpr std::chrono::hours retry_after_max{10};

milliseconds step(const std::vector<milliseconds>& waits, unsigned tries) {
    const std::size_t index = tries == 0 ? 0 : tries - 1;
    return waits[std::min(index, waits.size() - 1)];
}

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110); the two obsolete forms are not read.
std::optional<system_clock::time_point> parse_http_date(std::string_view text) {
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
        text.substr(25) != " GMT")
        return std::nullopt;
    const auto month = months.find(text.substr(8, 3));
    if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
    const auto number = month / 3 + 1;
    std::string plain(text.substr(12, 4));
    plain.append(number < 10 ? "-0" : "-").append(std::to_string(number)).append("-");
    plain.append(text.substr(5, 2)).append(text.substr(16, 9));
    return parse_plain(plain);
}

}  // namespace

report_answer classify_report_answer(unsigned status) {
    if (status >= 200 && status < 300) return report_answer::delivered;
    if (status == 410) return report_answer::disable;
    constexpr std::array malformed{
        400U, 405U, 406U, 411U, 412U, 413U, 414U, 415U, 416U, 417U, 422U, 431U};
    if (std::find(malformed.begin(), malformed.end(), status) != malformed.end())
        return report_answer::malformed;
    return report_answer::retry;
}

std::string_view to_string(report_answer answer) {
    switch (answer) {
        case report_answer::delivered:
            return "delivered";
        case report_answer::disable:
            return "disable";
        case report_answer::malformed:
            return "malformed";
        case report_answer::retry:
            return "retry";
    }
    return "?";
}

std::optional<milliseconds> next_report_delay(
    report_answer answer,
    report_tries tries,
    milliseconds since_first_try,
    double random,
    seconds retry_after,
    const report_schedule& schedule
) {
    if (answer == report_answer::delivered || answer == report_answer::disable) return std::nullopt;
    if (tries.malformed >= malformed_tries_max) return std::nullopt;
    if (since_first_try >= schedule.give_up_after || schedule.waits.empty()) return std::nullopt;
    const double factor = 0.8 + 0.4 * std::clamp(random, 0.0, 1.0);
    const milliseconds scheduled = step(schedule.waits, tries.made);
    auto delay =
        milliseconds(static_cast<milliseconds::rep>(static_cast<double>(scheduled.count()) * factor)
        );
    const milliseconds asked = std::min<milliseconds>(retry_after, retry_after_max);
    delay = std::max(delay, asked);
    return std::min<milliseconds>(delay, schedule.give_up_after - since_first_try);
}

std::optional<seconds> parse_retry_after(std::string_view value, system_clock::time_point now) {
    constexpr std::int64_t most = 366L * 24 * 3600;
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (error == std::errc() && end == value.data() + value.size() && count >= 0)
        return seconds(std::min(count, most));
    const auto at = parse_http_date(value);
    if (!at) return std::nullopt;
    return std::clamp(std::chrono::ceil<seconds>(*at - now), seconds(0), seconds(most));
}

}  // namespace pinwire
