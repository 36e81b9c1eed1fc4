#include "cli/report_filter.hpp"

#include <fmt/format.h>

#include "cli/times.hpp"
#include "common/core/url.hpp"

namespace pinwire::cli {

using postgres::time_point;

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
    made.since = time_given(from.since, "--since", now);
    made.until = from.until.empty() ? now : time_given(from.until, "--until", now);
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
