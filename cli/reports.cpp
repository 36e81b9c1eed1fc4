#include "cli/reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/report_filter.hpp"
#include "cli/table.hpp"
#include "cli/times.hpp"
#include "common/core/time_format.hpp"
#include "common/postgres/kept_reports.hpp"
#include "common/postgres/story.hpp"
#include "common/reports/dialect.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::ordered_json;
using postgres::kept_report;

ordered_json json_of(const kept_report& from) {
    ordered_json made;
    made["report"] = from.id.hex();
    made["message_id"] = from.job.hex();
    made["state"] = to_string(from.state);
    made["at"] = format_rfc3339(from.at);
    made["account"] = from.account.str();
    made["url"] = from.url;
    made["dialect"] = to_string(from.format);
    made["tries"] = from.tries;
    made["note"] = from.note.empty() ? ordered_json(nullptr) : ordered_json(from.note);
    return made;
}

std::string text_or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

// The dialect's words for it, in UTC; whom it is about only where that was asked for.
std::string body_of(const postgres::described_report& from, bool unmask) {
    const auto& dialect = reports::dialect_of(from.report.format);
    auto body = dialect.body({&from.content, 1}, "UTC");
    if (unmask) return body;
    const auto& number = from.content.to;
    const auto at = body.find('"' + number.digits() + '"');
    if (at != std::string::npos) body.replace(at + 1, number.digits().size(), number.masked());
    return body;
}

void tell_json(
    const postgres::described_report& what,
    const std::vector<postgres::report_try_story>& tries,
    bool unmask
) {
    auto answer = json_of(what.report);
    answer["job_id"] = what.content.job.str();
    answer["body"] = ordered_json::parse(body_of(what, unmask));
    answer["tried"] = ordered_json::array();
    for (const auto& one : tries) {
        ordered_json made;
        made["at"] = format_rfc3339(one.at);
        made["status"] = one.http_status ? ordered_json(*one.http_status) : ordered_json(nullptr);
        made["ms"] = one.latency.count();
        made["error"] = one.error.empty() ? ordered_json(nullptr) : ordered_json(one.error);
        made["answer"] = one.answer;
        answer["tried"].push_back(std::move(made));
    }
    print_json(answer);
}

void tell_text(
    const postgres::described_report& what,
    const std::vector<postgres::report_try_story>& tries,
    bool unmask
) {
    const auto& report = what.report;
    const auto line = [](std::string_view name, const std::string& value) {
        print(fmt::format("{:<11} {}\n", name, printable(value)));
    };
    line("report", report.id.hex());
    line("job", fmt::format("{} of {}", what.content.job.str(), report.account.str()));
    line("message id", report.job.hex());
    line("state", fmt::format("{} since {}", to_string(report.state), time_text(report.at)));
    if (!report.note.empty()) line("note", report.note);
    line("goes to", report.url);
    line("dialect", std::string(to_string(report.format)));
    line("body", body_of(what, unmask));
    table rows({"  TRIED", "ANSWER", "MS", "ERROR", "SAID"});
    for (const auto& one : tries) {
        rows.add(
            {"  " + time_text(one.at),
             one.http_status ? std::to_string(*one.http_status) : "none",
             std::to_string(one.latency.count()),
             text_or_dash(one.error),
             text_or_dash(one.answer)}
        );
    }
    print(rows.empty() ? "tries: none\n" : rows.text());
}

}  // namespace

exit_code list_reports(const common_options& common, const report_list_options& options) {
    const auto query = query_of(options.filter, std::chrono::system_clock::now());
    auto states = states_of(options.filter.state);
    // to look at; a replay leaves those on their way
    if (states.size() > 1) states.push_back(postgres::report_state::waiting);
    std::vector<kept_report> all;
    with_database(common, options.database, [&](postgres::session& on) {
        for (const auto state : states) {
            for (auto& one : postgres::kept_reports(on, state, query, {}, options.limit))
                all.push_back(std::move(one));
        }
    });
    std::stable_sort(all.begin(), all.end(), [](const kept_report& a, const kept_report& b) {
        return a.at < b.at;
    });
    if (all.size() > static_cast<std::size_t>(options.limit))
        all.resize(static_cast<std::size_t>(options.limit));
    table rows({"AT", "STATE", "ACCOUNT", "ENDPOINT", "TRIES", "NOTE", "REPORT", "MESSAGE"});
    for (const auto& one : all) {
        if (common.json) print_json(json_of(one));
        rows.add(
            {time_text(one.at),
             std::string(to_string(one.state)),
             one.account.str(),
             origin_of(one.url),
             std::to_string(one.tries),
             text_or_dash(one.note),
             one.id.hex(),
             one.job.hex()}
        );
    }
    if (!common.json) print(all.empty() ? "none\n" : rows.text());
    return exit_code::ok;
}

exit_code show_report(const common_options& common, const report_show_options& options) {
    const auto id = report_id_of(options.id);
    std::vector<postgres::report_try_story> tries;
    const auto found = with_database(common, options.database, [&](postgres::session& on) {
        auto report = postgres::describe_report(on, id);
        if (!report) return report;
        const auto story = postgres::tell_story(on, report->report.job);
        if (!story) return report;
        for (const auto& one : story->tries)
            if (one.report == report->report.id) tries.push_back(one);
        return report;
    });
    if (!found) {
        throw failure(
            exit_code::failed,
            "no report " + id + " is kept: none was made yet, or its retention is over"
        );
    }
    common.json ? tell_json(*found, tries, options.unmask)
                : tell_text(*found, tries, options.unmask);
    return exit_code::ok;
}

}  // namespace pinwire::cli
