#include <algorithm>

#include "tests/simulation/history_world.hpp"

namespace pinwire::simulation {
namespace {

template <class T>
bool fell(const std::optional<T>& before, const std::optional<T>& now) {
    return before && (!now || *now < *before);
}

std::string of_job(int id) {
    return " (job " + std::to_string(id) + ")";
}

}  // namespace

void history::look() {
    look_at_jobs();
    look_at_attempts();
    look_at_reports();
}

void history::look_at_jobs() {
    for (std::size_t i = 0; i < db_.jobs.size(); ++i) {
        const auto& j = db_.jobs[i];
        const bool due = db_.due_of(j.id) != nullptr;
        if (due == j.final())
            broke("P1: a due row for each unfinished job, and none for others" + of_job(j.id));
        if (i >= jobs_seen_.size()) {
            jobs_seen_.push_back(j);
            continue;
        }
        auto& before = jobs_seen_[i];
        if (before == j) continue;
        if (fell(before.sms, j.sms) || fell(before.call, j.call) || fell(before.dlr, j.dlr))
            broke("P7: a job's status moved backwards" + of_job(j.id));
        if (before.final() && before.final_at != j.final_at)
            broke("P1: a job ended twice" + of_job(j.id));
        if (j.version < before.version) broke("P7: a version moved backwards" + of_job(j.id));
        before = j;
    }
}

void history::look_at_attempts() {
    for (std::size_t i = 0; i < db_.attempts.size(); ++i) {
        const auto& a = db_.attempts[i];
        if (i >= attempts_seen_.size()) {
            attempts_seen_.push_back(a);
            say("attempt " + std::to_string(a.id) + " of job " + std::to_string(a.job) +
                ", route " + std::to_string(a.route) + ": " + std::string(to_string(a.state)));
            continue;
        }
        auto& before = attempts_seen_[i];
        if (before == a) continue;
        if (options_.trace && (before.state != a.state || before.closed != a.closed ||
                               before.owner != a.owner || before.dlr != a.dlr))
            say("attempt " + std::to_string(a.id) + ": " + std::string(to_string(a.state)) +
                (a.closed ? ", closed" : "") + ", owner " + std::to_string(a.owner) + ", error '" +
                a.error + "', dlr " + (a.dlr ? std::string(to_string(*a.dlr)) : "none"));
        if (fell(before.dlr, a.dlr) || fell(before.call, a.call))
            broke("P7: an attempt's status moved backwards" + of_job(a.job));
        if (a.doubt_end == "resent") truth_of(a.id).waived = true;
        if (before.closed && !a.closed) {
            const bool ended = before.dlr && *before.dlr >= dlr_status::unknown;
            if (ended || a.state != attempt_state::sent || db_.job(a.job)->final())
                broke("P7: an attempt opened again" + of_job(a.job));
            note(rare::opened_by_evidence);
        }
        before = a;
    }
}

void history::look_at_reports() {
    for (std::size_t i = 0; i < db_.reports.size(); ++i) {
        const auto& r = db_.reports[i];
        if (i < reports_seen_.size()) {
            if (!(reports_seen_[i].says == r.says)) broke("P6: a report changed" + of_job(r.job));
            continue;
        }
        for (const auto& other : reports_seen_)
            if (other.job == r.job) broke("P6: a second final report" + of_job(r.job));
        if (!db_.job(r.job)->final()) broke("P6: a report before the end" + of_job(r.job));
        reports_seen_.push_back(r);
        say("final report of job " + std::to_string(r.job));
    }
}

// P2, P3: what makes a request right in the instant before its first byte.
void history::judge_first_byte(const work& of, manner how) {
    const auto* a = db_.attempt(of.id);
    if (a == nullptr || a->state == attempt_state::waiting || !a->started_at)
        return broke("P3: a request without a committed attempt" + of_job(of.job));
    const auto& j = *db_.job(of.job);
    if (now_ >= j.send_by) broke("P3: a request after send_within" + of_job(of.job));
    const auto* p = db_.pin(j.pin);
    if (p == nullptr || (p->expires_at && now_ >= *p->expires_at))
        broke("P3: a request after the PIN has expired" + of_job(of.job));
    const bool first = !truth_of(of.id).first_byte;
    if (first && how == manner::repeat && a->doubt.empty())
        broke("P4: a repeat of what is not in doubt" + of_job(of.job));
    for (const auto& b : db_.attempts) {
        if (b.job != of.job || b.id == of.id || b.step != a->step) continue;
        const bool over = b.state == attempt_state::not_sent ||
                          b.state == attempt_state::superseded || truth_of(b.id).waived;
        if (b.n < a->n && !over)
            broke("P2: a second attempt while the first may have been taken" + of_job(of.job));
        const bool began = truth_of(b.id).first_byte.has_value();
        if (b.n > a->n && began && !truth_of(a->id).waived)
            broke("P2: an attempt began after the one that follows it" + of_job(of.job));
    }
}

// P2 by what the carriers made of it.
void history::judge_acceptance(int id) {
    const auto& a = *db_.attempt(id);
    if (truth_of(id).messages > 1) broke("P2: two messages of one attempt" + of_job(a.job));
    for (const auto& b : db_.attempts) {
        if (b.job != a.job || b.id == a.id || truth_of(b.id).messages == 0) continue;
        if (b.step != a.step) {
            note(rare::two_by_plan);
            continue;
        }
        const auto& first = b.n < a.n ? b : a;
        if (!truth_of(first.id).waived) broke("P2: carriers have both attempts" + of_job(a.job));
    }
}

bool history::all_quiet() const {
    for (const auto& m : messages_)
        if (!m.done) return false;
    for (const auto& one : plans_)
        if (one.what != doing::verify) return false;
    for (const auto& one : processes_)
        if (!one.up) return false;
    for (std::size_t p = 0; p < dlrs_.size(); ++p)
        if (stored_[p] < dlrs_[p].size()) return false;
    for (const auto& r : db_.reports)
        if (r.where <= mirror::report_row::place::retry) return false;
    return db_.due.empty();
}

void history::judge_end() {
    for (const auto& one : orders_) {
        const auto same = [&](const mirror::job_row& j) { return j.key == one.key; };
        if (std::none_of(db_.jobs.begin(), db_.jobs.end(), same)) broke("P1: a job was lost");
    }
    if (!db_.due.empty()) broke("P11: something is left to be done");
    for (const auto& j : db_.jobs) {
        if (!j.final()) broke("P1: a job never ended" + of_job(j.id));
        if (!j.sms && !j.call) broke("P1: a job without a send outcome" + of_job(j.id));
        bool had_it = false;
        bool may_have = false;  // and nobody could know better
        for (const auto& a : db_.attempts) {
            if (a.job != j.id) continue;
            had_it = had_it || truth_of(a.id).messages > 0;
            may_have = may_have || truth_of(a.id).first_byte || !a.doubt.empty();
            if (a.open() && a.state != attempt_state::in_doubt && a.state != attempt_state::sent)
                broke("P1: an attempt is left open" + of_job(j.id));
        }
        if (had_it && (!j.dlr || *j.dlr < dlr_status::unknown))
            broke("P1: a carrier had it, and no delivery outcome" + of_job(j.id));
        if (!may_have && j.sms == sms_status::sent)
            broke("P1: sent, it says, and no byte left" + of_job(j.id));
        const bool excepted = !j.report_refusal && j.reason == "lookup_refused";
        const auto of_it = [&](const auto& r) { return r.job == j.id; };
        const auto n = std::count_if(db_.reports.begin(), db_.reports.end(), of_it);
        if (n != (j.wants_report && !excepted ? 1 : 0))
            broke("P6: not exactly one final report" + of_job(j.id));
    }
    for (const auto& r : db_.reports) {
        const auto at = static_cast<std::size_t>(r.job);
        const bool came = at < posted_.size() && posted_[at].times > 0;
        if (!came) broke("P6: a report that nobody was ever sent" + of_job(r.job));
        const bool tried_long = r.first_try_at && now_ - *r.first_try_at > 37h;
        if (r.where == mirror::report_row::place::dead && r.malformed < 2 && !tried_long)
            broke("P6: a report was given up" + of_job(r.job));
    }
}

}  // namespace pinwire::simulation
