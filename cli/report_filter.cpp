#include "cli/report_filter.hpp"

#include <fmt/format.h>

#include "common/config/loader.hpp"
#include "common/config/rules.hpp"
#include "common/core/time_format.hpp"
#include "common/core/url.hpp"

namespace pinwire::cli {
namespace {

using postgres::time_point;

// A time as it is written everywhere, a day, or how long ago.
time_point time_of(const std::string& text, const char* flag, time_point now) {
    if (const auto at = parse_rfc3339(text)) return *at;
    if (const auto day = parse_rfc3339(text + "T00:00:00Z")) return *day;
    if (const auto ago = config::parse_duration(text)) return now - *ago;
    throw failure(
        exit_code::wrong,
        fmt::format(
            "{} \"{}\": a time as 2026-11-22T10:00:00Z, a day, or how long ago, as 2h", flag, text
        )
    );
}

}  // namespace

std::string origin_of(const std::string& text) {
    const auto parsed = url::parse(text);
    return parsed ? parsed->origin() : text;
}

postgres::report_query query_of(const report_filter& from, time_point now) {
    postgres::report_query made;
    made.account = from.account;
    if (!from.endpoint.empty()) {
        const auto parsed = url::parse(from.endpoint);
        if (!parsed) {
            throw failure(
                exit_code::wrong,
                fmt::format("--endpoint \"{}\": no http or https URL", from.endpoint)
            );
        }
        made.origin = parsed->origin();
    }
    made.since = time_of(from.since, "--since", now);
    made.until = from.until.empty() ? now : time_of(from.until, "--until", now);
    if (made.until <= made.since) throw failure(exit_code::wrong, "--until: not after --since");
    return made;
}

std::vector<postgres::report_state> states_of(const std::string& text) {
    if (text == "all") return {postgres::report_state::dead, postgres::report_state::delivered};
    const auto state = postgres::parse_report_state(text);
    if (!state) throw failure(exit_code::wrong, "no state of reports: " + text);
    return {*state};
}

std::string report_id_of(const std::string& text) {
    const auto id = report_id::parse(text);
    if (id) return id->hex();
    throw failure(
        exit_code::wrong,
        fmt::format("\"{}\": a report's or a message's id has 32 hex digits", text)
    );
}

}  // namespace pinwire::cli
