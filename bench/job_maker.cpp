#include "bench/job_maker.hpp"

#include <fmt/format.h>

#include <charconv>

#include "common/core/time_format.hpp"

namespace pinwire::bench {
namespace {

// The simulator acts on the last four digits from 0000 to 0204: ours begin at 1000.
constexpr std::size_t quiet_digits = 1000;
constexpr std::size_t places_per_block = 9000;
constexpr std::size_t blocks_per_phase = 1000;
constexpr std::size_t first_number = 600'000'000;  // behind the country
constexpr std::size_t numbers_per_country = 1'000'000'000;
constexpr std::size_t phase_span = blocks_per_phase * 10'000;

}  // namespace

job_maker::job_maker(
    std::string topic,
    std::string account,
    std::string report_url,
    std::string run,
    int phase,
    std::vector<std::size_t> countries
)
    : topic_(std::move(topic)),
      account_(std::move(account)),
      report_url_(std::move(report_url)),
      prefix_(fmt::format("bench-{}-{}-", run, phase)),
      phase_(phase),
      countries_(std::move(countries)) {}

// Two neighbours have the same one: dialects take turns as well.
std::size_t job_maker::country(std::size_t place) const {
    return countries_[place / 2 % countries_.size()];
}

std::string job_maker::number(std::size_t place) const {
    const auto block = place / places_per_block;
    const auto within = quiet_digits + place % places_per_block;
    const auto base = first_number + static_cast<std::size_t>(phase_) * phase_span;
    return fmt::format("{}{}", country(place), base + block * 10'000 + within);
}

std::optional<std::size_t> job_maker::place(const std::string& number) const {
    std::size_t value = 0;
    const auto* text = number.data() + (number.starts_with('+') ? 1 : 0);
    std::from_chars(text, number.data() + number.size(), value);
    const auto base = first_number + static_cast<std::size_t>(phase_) * phase_span;
    value %= numbers_per_country;
    if (value < base || value >= base + phase_span) return std::nullopt;
    const auto offset = value - base;
    if (offset % 10'000 < quiet_digits) return std::nullopt;
    return offset / 10'000 * places_per_block + offset % 10'000 - quiet_digits;
}

kafka::message job_maker::make(
    std::size_t place, std::optional<std::chrono::system_clock::time_point> intended
) const {
    const bool infobip = place % 2 == 1;
    auto to = number(place);
    auto body = fmt::format(
        R"({{"job_id":"{}{}","account":"{}","to":"+{}","dialect":"{}","text":"{}",)"
        R"("pin":{{"type":"numeric","length":6}},{},"report_url":"{}","report_format":"{}")",
        prefix_,
        place,
        account_,
        to,
        infobip ? "infobip" : "360nrs",
        infobip ? "Your code is {{pin}}. Tell nobody." : "Your code is {PIN}. Tell nobody.",
        infobip ? R"("ncNeeded":true)" : R"("hlr_lookup":1)",
        report_url_,
        infobip ? "infobip" : "360nrs"
    );
    if (intended) body += fmt::format(R"(,"requested_at":"{}")", format_rfc3339(*intended));
    body += '}';
    kafka::message made;
    made.topic = topic_;
    made.key = std::move(to);
    made.payload = std::move(body);
    return made;
}

}  // namespace pinwire::bench
