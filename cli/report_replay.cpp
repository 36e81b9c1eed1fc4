// `pinwire reports replay`: counts first, and puts reports back only when told so.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/report_filter.hpp"
#include "cli/reports.hpp"
#include "cli/table.hpp"
#include "cli/times.hpp"
#include "cli/who.hpp"
#include "common/core/time_format.hpp"
#include "common/postgres/kept_reports.hpp"

namespace pinwire::cli {
namespace {

using postgres::kept_report;
using postgres::report_state;
using postgres::time_point;

constexpr int page_rows = 5000;

struct span_of_reports {
    std::int64_t count = 0;
    time_point first;
    time_point last;
};
using group = std::tuple<std::string, std::string, std::string>;  // account, endpoint, state
using groups = std::map<group, span_of_reports>;

// Every page of what is meant, each given to `use` once it is read.
template <class Use>
void each_page(
    postgres::session& on,
    const std::vector<report_state>& states,
    const postgres::report_query& query,
    Use use
) {
    for (const auto state : states) {
        postgres::report_cursor behind;
        for (;;) {
            const auto page = postgres::kept_reports(on, state, query, behind, page_rows);
            if (page.empty()) break;
            behind.at = page.back().at;
            behind.id = page.back().id;
            use(page);
        }
    }
}

void count(groups& into, const std::vector<kept_report>& page) {
    for (const auto& one : page) {
        auto& at = into[{one.account.str(), origin_of(one.url), std::string(to_string(one.state))}];
        if (at.count++ == 0) at.first = one.at;
        at.last = one.at;
    }
}

std::int64_t total(const groups& all) {
    std::int64_t made = 0;
    for (const auto& [key, one] : all)
        made += one.count;
    return made;
}

void tell(const common_options& common, const groups& all, int rate, bool done) {
    const auto count = total(all);
    const auto seconds = (count + rate - 1) / rate;
    if (common.json) {
        nlohmann::ordered_json answer;
        answer["reports"] = count;
        answer["rate"] = rate;
        answer["seconds"] = seconds;
        answer["replayed"] = done;
        answer["endpoints"] = nlohmann::ordered_json::array();
        for (const auto& [key, one] : all) {
            nlohmann::ordered_json made;
            made["account"] = std::get<0>(key);
            made["endpoint"] = std::get<1>(key);
            made["state"] = std::get<2>(key);
            made["reports"] = one.count;
            made["first"] = format_rfc3339(one.first);
            made["last"] = format_rfc3339(one.last);
            answer["endpoints"].push_back(std::move(made));
        }
        print_json(answer);
        return;
    }
    table rows({"ACCOUNT", "ENDPOINT", "STATE", "REPORTS", "FIRST", "LAST"});
    for (const auto& [key, one] : all) {
        rows.add(
            {std::get<0>(key),
             std::get<1>(key),
             std::get<2>(key),
             std::to_string(one.count),
             time_text(one.first),
             time_text(one.last)}
        );
    }
    print(rows.text());
    print(fmt::format(
        "{} reports, {} a second: {} s{}\n",
        count,
        rate,
        seconds,
        done ? "; they are on their way" : ". Nothing was done: say --yes"
    ));
}

std::string audit_text(const report_replay_options& options, std::int64_t count) {
    nlohmann::json made;
    made["reports"] = count;
    made["rate"] = options.rate;
    if (!options.id.empty()) {
        made["report"] = options.id;
        return made.dump();
    }
    made["state"] = options.filter.state;
    made["since"] = options.filter.since;
    if (!options.filter.until.empty()) made["until"] = options.filter.until;
    if (!options.filter.endpoint.empty()) made["endpoint"] = options.filter.endpoint;
    return made.dump();
}

// In turn, `rate` a second, from now on.
class schedule {
public:
    explicit schedule(int rate)
        : next_(std::chrono::system_clock::now()),
          every_(std::chrono::microseconds(std::chrono::seconds(1)) / rate) {}

    // Returns how many of them are on their way now.
    int put(postgres::session& on, const std::vector<kept_report>& page) {
        std::vector<message_id> jobs;
        for (const auto& one : page)
            jobs.push_back(one.job);
        const auto from = next_;
        next_ += every_ * static_cast<std::int64_t>(jobs.size());
        return postgres::replay_reports(on, jobs, from, every_);
    }

private:
    time_point next_;
    std::chrono::microseconds every_;
};

exit_code replay_one(const common_options& common, const report_replay_options& options) {
    const auto id = report_id_of(options.id);
    groups all;
    with_database(common, options.database, [&](postgres::session& on) {
        const auto found = postgres::describe_report(on, id);
        if (!found) throw failure(exit_code::failed, "no report " + id + " is kept");
        if (found->report.state == report_state::waiting)
            throw failure(exit_code::failed, "the report " + id + " waits already");
        count(all, {found->report});
        if (!options.yes) return;
        postgres::note_replay(
            on, operator_name(), found->report.account.str(), audit_text(options, 1)
        );
        schedule(options.rate).put(on, {found->report});
    });
    tell(common, all, options.rate, options.yes);
    return exit_code::ok;
}

bool is_of_its_disabling(const kept_report& one) {
    return one.note == "endpoint_disabled" || one.note == "HTTP 410";
}

}  // namespace

std::int64_t replay_disabled(
    postgres::session& on, const postgres::endpoint_name& which, time_point until, int rate
) {
    postgres::report_query query;
    query.account = which.account.str();
    query.origin = which.origin;
    query.until = until;
    schedule turns(rate);
    std::int64_t done = 0;
    each_page(on, {report_state::dead}, query, [&](const std::vector<kept_report>& page) {
        std::vector<kept_report> meant;
        std::copy_if(page.begin(), page.end(), std::back_inserter(meant), is_of_its_disabling);
        if (!meant.empty()) done += turns.put(on, meant);
    });
    return done;
}

exit_code replay(const common_options& common, const report_replay_options& options) {
    if (!options.id.empty()) return replay_one(common, options);
    const auto states = states_of(options.filter.state);
    if (states.front() == report_state::waiting)
        throw failure(
            exit_code::wrong, "--state: what waits is on its way; dead, delivered or all"
        );
    // what is given up or delivered from now on isn't meant
    const auto query = query_of(options.filter, std::chrono::system_clock::now());
    groups all;
    with_database(common, options.database, [&](postgres::session& on) {
        each_page(on, states, query, [&all](const auto& page) { count(all, page); });
        if (all.empty())
            throw failure(exit_code::failed, "no such report is kept; --since says from when on");
        if (!options.yes) return;
        postgres::note_replay(
            on, operator_name(), options.filter.account, audit_text(options, total(all))
        );
        schedule turns(options.rate);
        each_page(on, states, query, [&](const auto& page) { turns.put(on, page); });
    });
    tell(common, all, options.rate, options.yes);
    return exit_code::ok;
}

}  // namespace pinwire::cli
