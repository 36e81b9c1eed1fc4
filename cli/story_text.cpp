#include "cli/story_text.hpp"

#include <fmt/format.h>

#include "cli/masking.hpp"
#include "cli/table.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::cli {
namespace {

using postgres::time_point;

constexpr std::size_t answer_shown = 80;  // of the bytes that are kept; --json has them all

std::string time_text(std::optional<time_point> at) {
    if (!at || *at == time_point::min()) return "-";
    if (*at == time_point::max()) return "never";
    auto text = format_rfc3339(*at);  // 2026-11-22T06:15:01.123456Z
    text[10] = ' ';
    return text.substr(0, 23);
}

template <class Status>
std::string word(const std::optional<Status>& status) {
    return status ? std::string(to_string(*status)) : "-";
}

std::string text_or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

void line(std::string& to, std::string_view name, const std::string& value) {
    to += fmt::format("{:<13} {}\n", name, printable(value));
}

std::string outcome_of(const postgres::job_story& job) {
    std::string out;
    const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
    if (job.nc) add(word(job.nc));
    if (job.sms) add(word(job.sms));
    if (job.call) add(word(job.call));
    if (job.delivery) add(word(job.delivery));
    if (job.in_doubt) add("in doubt");
    return text_or_dash(out);
}

std::string head(const postgres::job_story& job, bool unmask) {
    std::string out;
    line(out, "job", fmt::format("{} of {}", job.job.str(), job.account.str()));
    line(out, "message id", job.id.hex());
    line(
        out,
        "to",
        fmt::format(
            "{} by {}{}{}",
            unmask ? job.to.digits() : job.to.masked(),
            to_string(job.channel),
            job.sender.empty() ? "" : " from ",
            job.sender.str()
        )
    );
    if (!job.reference.empty()) line(out, "reference", job.reference);
    if (!job.pin.empty()) line(out, "pin id", job.pin.str());
    line(out, "requested", time_text(job.requested_at));
    line(out, "accepted", time_text(job.accepted_at));
    line(out, "sent", time_text(job.sent_at));
    const auto open = job.sent_at
                          ? std::string("not yet")
                          : fmt::format("not yet; sent by {} or never", time_text(job.send_by));
    line(out, "final", job.final_at ? time_text(job.final_at) : open);
    line(out, "outcome", outcome_of(job));
    if (!job.reason.empty()) line(out, "reason", job.reason);
    return out;
}

// "  1 was in doubt (timeout): asked_found at 2026-11-22 06:15:01.123"
std::string doubt_text(const postgres::attempt_story& one) {
    if (one.doubt.empty()) return {};
    const auto why = printable(one.doubt);
    if (one.doubt_end.empty()) return fmt::format("  {} is in doubt ({})\n", one.n, why);
    return fmt::format(
        "  {} was in doubt ({}): {} at {}\n",
        one.n,
        why,
        printable(one.doubt_end),
        time_text(one.doubt_ended_at)
    );
}

std::string attempts_text(const std::vector<postgres::attempt_story>& all) {
    table rows(
        {"  #", "ROUTE", "CARRIER", "STATE", "STARTED", "SENT", "DELIVERY", "AT", "ERROR", "ID"}
    );
    for (const auto& one : all) {
        auto state = std::string(to_string(one.state));
        if (one.step > 0) state += fmt::format(", step {}", one.step);
        if (one.set_aside) state += ", set aside";
        if (one.takeovers > 0) state += fmt::format(", taken over {}x", one.takeovers);
        if (one.repeats > 0) state += fmt::format(", repeated or asked {}x", one.repeats);
        const auto error = one.error.empty() ? one.dlr_error : one.error;
        auto route = one.route.str();
        if (one.put_sender) {
            const auto& sender = one.put_sender->str();
            route += sender.empty() ? ", with the carrier's sender" : ", as " + sender;
        }
        rows.add(
            {fmt::format("  {}", one.n),
             route,
             one.carrier.str(),
             state,
             time_text(one.started_at),
             time_text(one.sent_at),
             one.call ? word(one.call) : word(one.delivery),
             time_text(one.dlr_at),
             text_or_dash(error),
             one.id.hex()}
        );
    }
    if (rows.empty()) return "attempts: none\n";
    auto out = "attempts\n" + rows.text();
    for (const auto& one : all)
        out += doubt_text(one);
    return out;
}

std::string dlrs_text(const std::vector<postgres::dlr_story>& all, const msisdn& to, bool unmask) {
    table rows({"  TAKEN", "CARRIER", "MEANS", "AS WRITTEN", "ERROR", "ATTEMPT"});
    for (const auto& one : all) {
        rows.add(
            {"  " + time_text(one.intake_at),
             one.carrier.str(),
             word(one.status),
             text_or_dash(one.raw_status),
             text_or_dash(one.error_code),
             one.attempt.hex()}
        );
    }
    if (rows.empty()) return "delivery reports: none\n";
    auto out = "delivery reports\n" + rows.text();
    for (const auto& one : all) {
        if (one.raw.empty()) continue;
        const auto raw = printable(unmask ? one.raw : without_number(one.raw, to));
        out += fmt::format("  as it came at {}: {}\n", time_text(one.intake_at), raw);
    }
    return out;
}

std::string reports_text(const postgres::story& of) {
    if (of.job.report_url.empty()) return "report to the customer: no report_url\n";
    std::string out = "report to the customer: " + printable(of.job.report_url) + "\n";
    for (const auto& one : of.reports) {
        const auto due = one.due_at ? "; next try " + time_text(one.due_at) : std::string();
        const auto why = one.last_error.empty() ? "" : "; " + printable(one.last_error);
        out += fmt::format("  {} after {} tries{}{}\n", one.where, one.tries, due, why);
    }
    table rows({"  TRIED", "ANSWER", "MS", "ERROR", "REPORT", "SAID"});
    for (const auto& one : of.tries) {
        rows.add(
            {"  " + time_text(one.at),
             one.http_status ? std::to_string(*one.http_status) : "none",
             std::to_string(one.latency.count()),
             text_or_dash(one.error),
             one.report.hex(),
             text_or_dash(one.answer.substr(0, answer_shown))}
        );
    }
    return rows.empty() ? out : out + rows.text();
}

// What an attempt waits for, on its route, until the time that follows.
std::string awaited(const postgres::due_story& due) {
    const auto on = " on " + due.route.str();
    switch (due.what) {
        case attempt_state::waiting:
            return "to be sent" + on + " at ";
        case attempt_state::sending:
            return "is being sent" + on + "; looked after at ";
        case attempt_state::in_doubt:
            return "in doubt" + on + "; looked into at ";
        case attempt_state::sent:
            return "was sent" + on + ", a report is awaited; looked after at ";
        default:
            return std::string(to_string(due.what)) + on + " at ";
    }
}

std::string due_text(const postgres::due_story& due) {
    const auto closed = time_text(due.close_at);
    const auto step = due.step_at ? "next step at " + time_text(due.step_at) : std::string();
    if (due.only_step) return fmt::format("next: {}; closed by {}\n", step, closed);
    return fmt::format(
        "next: {}{}; {}{}closed by {}\n",
        awaited(due),
        time_text(due.at),
        step,
        step.empty() ? "" : "; ",
        closed
    );
}

}  // namespace

std::string story_text(const postgres::story& of, bool unmask) {
    auto out = head(of.job, unmask);
    out += attempts_text(of.attempts);
    if (of.due) out += due_text(*of.due);
    out += dlrs_text(of.dlrs, of.job.to, unmask);
    out += reports_text(of);
    return out;
}

}  // namespace pinwire::cli
