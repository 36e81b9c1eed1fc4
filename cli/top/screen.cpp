#include "cli/top/screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cli/times.hpp"
#include "cli/top/page.hpp"
#include "cli/top/words.hpp"

namespace pinwire::cli {
namespace {

using items = std::vector<std::string>;

constexpr double alive_within = 5;  // seconds

void add_title(const picture& of, page& to) {
    auto left = "pinwire top  " + time_text(of.now.at) + " UTC";
    left += of.rates.seconds ? "  over " + span(*of.rates.seconds) : "  rates with the next look";
    to.add(left, line_style::heading);
}

void add_troubles(const picture& of, page& to) {
    if (of.troubles.empty()) {
        to.add(of.rates.seconds ? "Nothing is wrong, as far as can be seen." : "Looking.");
        return;
    }
    const auto room = static_cast<std::size_t>(std::max(3, to.rows_left() / 4));
    const auto shown = of.troubles.size() <= room ? of.troubles.size() : room - 1;
    // an error tells why at its end: where there is room, it is told whole
    auto spare = of.troubles.size() <= room ? room - shown : 0;
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& one = of.troubles[i];
        const auto text = (one.grave ? "!! " : "!  ") + one.text;
        const auto style = one.grave ? line_style::grave : line_style::light;
        if (spare > 0 && text.size() > static_cast<std::size_t>(to.columns())) {
            to.add_folded(text, "   ", style);
            --spare;
        } else {
            to.add(text, style);
        }
    }
    if (const auto more = of.troubles.size() - shown; more > 0)
        to.add(fmt::format("!  and {} more", more), line_style::light);
}

std::string times_text(const char* what, const std::optional<timing>& of) {
    if (!of) return fmt::format("{} -", what);
    return fmt::format("{} {}, {}", what, span(of->median), span(of->slow));
}

std::string lag_text(const char* what, const told<kafka_look>& of, const topic_look* topic) {
    if (!of.what || topic == nullptr || !topic->group) return fmt::format("{} -", what);
    return fmt::format("{} {}", what, amount(topic->group->lag));
}

std::string growth_text(const rate& growth) {
    if (!growth || *growth == 0) return {};
    return fmt::format(" ({}{})", *growth < 0 ? "-" : "+", per_second(std::abs(*growth)));
}

void add_flow(const picture& of, page& to) {
    const auto& rates = of.rates;
    to.add_items(
        "jobs",
        {"in " + per_second(rates.jobs_in),
         "taken " + per_second(rates.taken),
         "finished " + per_second(rates.finished),
         "refused " + per_second(rates.refused),
         "dead letters " + per_second(rates.dead_letters)}
    );
    to.add_items(
        "sends",
        {"sent " + per_second(rates.sent),
         "not sent " + per_second(rates.not_sent),
         "in doubt " + per_second(rates.in_doubt),
         "closed unheard " + per_second(rates.unheard)}
    );
    const auto& kafka = of.now.kafka;
    const auto* jobs = kafka.what ? &kafka.what->jobs : nullptr;
    const auto* dlrs = kafka.what ? &kafka.what->dlrs : nullptr;
    to.add_items(
        "lag",
        {lag_text("jobs", kafka, jobs) + growth_text(rates.jobs_lag_growth()),
         lag_text("DLRs", kafka, dlrs) + growth_text(rates.dlrs_lag_growth),
         "DLRs in " + per_second(rates.dlrs_in),
         "settled " + per_second(rates.dlrs_settled)}
    );
}

struct state_sum {
    std::int64_t number = 0;
    bool more = false;
    std::optional<postgres::time_point> first;
};

std::map<postgres::due_for, state_sum> by_state(const postgres::live_view& of) {
    std::map<postgres::due_for, state_sum> all;
    for (const auto& one : of.due) {
        auto& to = all[one.what];
        to.number += one.count.number;
        to.more = to.more || one.count.more;
        if (one.first) to.first = std::min(to.first.value_or(*one.first), *one.first);
    }
    return all;
}

std::string state_text(const char* what, const state_sum& of) {
    return fmt::format("{} {}{}", what, amount(of.number), of.more ? "+" : "");
}

std::string late_text(
    const std::optional<postgres::time_point>& due, postgres::time_point now, const char* words
) {
    if (!due || *due >= now) return {};
    return fmt::format(" ({} {})", words, span(age(*due, now)));
}

void add_backlog(const postgres::live_view& of, page& to) {
    auto states = by_state(of);
    using postgres::due_for;
    const auto& waiting = states[due_for::send];
    bool more = false;
    std::int64_t sum = 0;
    for (const auto& [what, one] : states) {
        more = more || one.more;
        sum += one.number;
    }
    // Where counting stopped, the server's estimate says more.
    const auto all = more ? "~" + amount(std::max(sum, of.unfinished)) : amount(sum);
    auto open = "unfinished " + all;
    if (of.oldest_accepted)
        open += fmt::format(" (oldest {})", span(age(*of.oldest_accepted, of.now)));
    to.add_items(
        "backlog",
        {state_text("waiting", waiting) + late_text(waiting.first, of.now, "due for"),
         state_text("in flight", states[due_for::being_sent]),
         state_text("in doubt", states[due_for::ask]),
         state_text("await DLR", states[due_for::news]),
         "not closed " + amount(of.unclosed),
         open}
    );
}

void add_reports(const picture& of, page& to) {
    const auto& rates = of.rates;
    items all;
    if (of.now.database.what) {
        const auto& view = of.now.database.what->view;
        all.push_back(
            "new " + amount(view.reports_new) + late_text(view.oldest_report, view.now, "oldest")
        );
        all.push_back(
            "to retry " + amount(view.reports_retry) + late_text(view.next_retry, view.now, "late")
        );
        all.push_back("dead " + amount(view.reports_dead));
    }
    all.push_back("delivered " + per_second(rates.delivered));
    all.push_back("failed " + per_second(rates.tried_in_vain));
    all.push_back("given up " + per_second(rates.given_up));
    to.add_items("reports", all);
}

void add_others(const picture& of, page& to) {
    if (of.now.database.what) {
        const auto& view = of.now.database.what->view;
        to.add_items(
            "else",
            {"events waiting " + amount(view.outbox) +
                 late_text(view.oldest_outbox, view.now, "oldest"),
             "DLRs parked " + amount(view.parked),
             "endpoints failing " + amount(view.endpoints_failing),
             "disabled " + amount(view.endpoints_disabled)}
        );
    }
    to.add_items(
        "p50, p99",
        {times_text("to carrier", of.rates.to_carrier),
         times_text("carrier", of.rates.carrier),
         times_text("claim", of.rates.claim),
         times_text("report waits", of.rates.report_wait),
         times_text("report", of.rates.report)}
    );
}

void add_processes(const look& of, page& to) {
    items all;
    if (of.database.what) {
        const auto& view = of.database.what->view;
        std::map<std::string, std::pair<int, int>> programs{{"worker", {}}, {"callback", {}}};
        for (const auto& one : view.processes) {
            auto& counts = programs[one.program];
            ++(age(one.beat_at, view.now) <= alive_within ? counts.first : counts.second);
        }
        for (const auto& [program, counts] : programs) {
            auto text = fmt::format("{} {}", ascii(program), counts.first);
            if (counts.second > 0) text += fmt::format(" ({} silent)", counts.second);
            all.push_back(std::move(text));
        }
    }
    const auto answered =
        std::count_if(of.services.begin(), of.services.end(), [](const service_look& one) {
            return one.error.empty();
        });
    all.push_back(
        of.services.empty() ? "no metrics: --metrics ADDRESS"
                            : fmt::format("metrics of {} of {}", answered, of.services.size())
    );
    to.add_items("alive", all);
}

}  // namespace

screen make_screen(const picture& of, const installation& known, screen_size size) {
    page made(size);
    add_title(of, made);
    add_troubles(of, made);
    add_flow(of, made);
    if (of.now.database.what) add_backlog(of.now.database.what->view, made);
    add_reports(of, made);
    add_others(of, made);
    add_processes(of.now, made);
    add_tables(of, known, made);
    return made.take();
}

std::string plain_text(const screen& of) {
    std::string out;
    for (const auto& line : of)
        out += line.text + "\n";
    return out;
}

// What stood on a line goes before the new text comes: behind its last column a terminal would
// erase what was just written there.
std::string ansi_text(const screen& of) {
    std::string out = "\x1b[H";
    for (std::size_t i = 0; i < of.size(); ++i) {
        if (i > 0) out += "\r\n";
        out += i + 1 < of.size() ? "\x1b[K" : "\x1b[J";
        switch (of[i].style) {
            case line_style::plain:
                out += of[i].text;
                break;
            case line_style::heading:
            case line_style::light:
                out += "\x1b[1m" + of[i].text + "\x1b[0m";
                break;
            case line_style::grave:
                out += "\x1b[7m" + of[i].text + "\x1b[0m";
                break;
        }
    }
    return out;
}

}  // namespace pinwire::cli
