#include <algorithm>
#include <tuple>

#include "tests/support/mirror/mirror.hpp"

namespace pinwire::mirror {
namespace {

using enum attempt_state;

bool has(const std::vector<int>& ids, int id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

template <class T>
std::optional<T> greatest(std::optional<T> a, std::optional<T> b) {
    if (!a) return b;
    return b && *b > *a ? b : a;
}

bool told_of(attempt_state state) {
    return state == in_doubt || state == sent;
}

// What fold_and_close() gathers of a job's attempts.
struct gathered {
    int open = 0;
    bool any_sent = false, any_doubt = false;
    bool own_sent = false, own_doubt = false;
    int others = 0;
    bool other_sent = false, other_doubt = false;
    std::optional<dlr_status> dlr;
    std::optional<call_status> call_sent, call_unsent;
    int attempts = 0;
    std::optional<moment> sent_at;
    int route = 0;
    std::string doubt, error;
};

void add(gathered& all, const attempt_row& a) {
    const bool may_be_sent = a.state == sending || a.state == in_doubt;
    if (a.open()) ++all.open;
    all.any_sent |= a.state == sent;
    all.any_doubt |= a.state == in_doubt;
    (a.on ? all.other_sent : all.own_sent) |= a.state == sent;
    (a.on ? all.other_doubt : all.own_doubt) |= may_be_sent;
    const bool tried =
        may_be_sent || a.state == sent || (a.state == not_sent && a.error != "step_over");
    if (a.on && tried) ++all.others;
    if (told_of(a.state)) {
        all.dlr = greatest(all.dlr, a.dlr);
        all.call_sent = greatest(all.call_sent, a.call);
    }
    if (a.state == not_sent) all.call_unsent = greatest(all.call_unsent, a.call);
    ++all.attempts;
    if (a.sent_at && (!all.sent_at || *a.sent_at < *all.sent_at)) all.sent_at = a.sent_at;
}

gathered gather(const tables& all, int job) {
    gathered made;
    int newest = 0, newest_doubt = 0;
    std::pair<bool, int> best{false, 0};
    for (const auto& a : all.attempts) {
        if (a.job != job) continue;
        add(made, a);
        if (a.n > newest) {
            newest = a.n;
            made.route = a.route;
        }
        if (!a.doubt.empty() && a.n > newest_doubt) {
            newest_doubt = a.n;
            made.doubt = a.doubt_end.empty() ? "open" : a.doubt_end;
        }
        const std::pair<bool, int> rank{a.step && told_of(a.state), a.n};
        if (rank > best) {
            best = rank;
            made.error = a.dlr_error.empty() ? a.error : a.dlr_error;
        }
    }
    return made;
}

bool is_failure(std::optional<dlr_status> dlr) {
    return dlr && *dlr >= dlr_status::unknown && *dlr <= dlr_status::rejectd;
}
bool is_failure(std::optional<call_status> call) {
    return call && *call >= call_status::undefined && *call <= call_status::answered_machine;
}

std::optional<sms_status> sms_of(const job_row& j, bool done, bool was_sent, bool doubt) {
    std::optional<sms_status> now;
    if (was_sent || (done && doubt))
        now = sms_status::sent;
    else if (done)
        now = sms_status::not_sent;
    return greatest(j.sms, now);
}

std::optional<call_status> call_of(
    const job_row& j, const gathered& f, bool done, bool was_sent, bool doubt
) {
    std::optional<call_status> now;
    if (!done && is_failure(f.call_sent))
        now.reset();
    else if (f.call_sent)
        now = f.call_sent;
    else if (done && doubt)
        now = call_status::undefined;
    else if (done && !was_sent)
        now = f.call_unsent.value_or(call_status::error);
    return greatest(j.call, now);
}

struct folded {
    int job = 0;
    bool changed = false;
    bool closed_now = false;
    bool left_open = false;
};

// The job as the fold makes it; `open` counts a step to come.
job_row fold_of(const job_row& j, const gathered& f, int open, moment now) {
    const bool done = open == 0 || f.dlr == dlr_status::delivrd;
    const bool is_sms = j.on == channel::sms;
    auto made = j;
    made.sms.reset();
    made.call.reset();
    if (is_sms || f.others > 0)
        made.sms = sms_of(
            j, done, is_sms ? f.own_sent : f.other_sent, is_sms ? f.own_doubt : f.other_doubt
        );
    if (!is_sms || f.others > 0)
        made.call = call_of(
            j, f, done, is_sms ? f.other_sent : f.own_sent, is_sms ? f.other_doubt : f.own_doubt
        );
    made.dlr = j.dlr;
    if (open == 0 || !is_failure(f.dlr)) made.dlr = greatest(made.dlr, f.dlr);
    if (open == 0 && f.any_doubt) made.dlr = greatest(made.dlr, std::optional(dlr_status::unknown));
    made.in_doubt = open == 0 && f.any_doubt && !f.any_sent;
    made.attempts = f.attempts;
    made.sent_at = f.sent_at;
    made.route = f.route;
    made.doubt = f.doubt;
    if (f.dlr == dlr_status::delivrd)
        made.reason.clear();
    else if (open == 0 && !f.error.empty())
        made.reason = f.error;
    if (!made.final_at && done) made.final_at = now;
    made.version = j.version + 1;
    return made;
}

folded fold_and_close(tables& all, moment now, int id) {
    folded out;
    out.job = id;
    auto* j = all.job(id);
    const auto f = gather(all, id);
    if (j == nullptr || f.attempts == 0) return out;
    const auto* d = all.due_of(id);
    const bool step_to_come = d != nullptr && d->step_at && j->send_by > now;
    const auto made = fold_of(*j, f, f.open + (step_to_come ? 1 : 0), now);
    out.changed = j->sms != made.sms || j->call != made.call || j->dlr != made.dlr ||
                  j->in_doubt != made.in_doubt || j->final() != made.final();
    if (!out.changed) return out;
    out.closed_now = !j->final() && made.final();
    out.left_open = f.open > 0;
    *j = made;
    return out;
}

void follow_plan(tables& all, moment now, int id) {
    auto* d = all.due_of(id);
    const auto* j = all.job(id);
    const auto* a = all.newest_of(id);
    if (d == nullptr || !d->step_after || a == nullptr || j->final()) return;
    const bool too_late = a->error == "expired" || a->error == "pin_expired";
    const bool counts = !(a->state == superseded || (a->state == not_sent && too_late));
    const bool failed = a->state == not_sent || a->closed;
    const auto began = a->state == waiting ? a->created_at : a->started_at.value_or(a->created_at);
    if (!counts) {
        d->step_at.reset();
        d->step_after.reset();
    } else if (failed) {
        if (d->step_at && *d->step_at > now) d->step_at = now;
    } else if (d->step_at) {
        d->step_at = began + *d->step_after;
    }
}

// What comes first of what is open: a report that is only waited for, last.
const attempt_row* most_urgent(const tables& all, int job) {
    const attempt_row* first = nullptr;
    const auto place = [](const attempt_row& a) {
        return std::tuple(a.state == sent, a.next_at, a.n);
    };
    for (const auto& a : all.attempts) {
        if (a.job != job || !a.open()) continue;
        if (first == nullptr || place(a) < place(*first)) first = &a;
    }
    return first;
}

moment last_deadline(const tables& all, int job) {
    auto last = moment::min();
    for (const auto& a : all.attempts)
        if (a.job == job && a.open()) last = std::max(last, a.deadline);
    return last;
}

}  // namespace

void follow_plans(tables& all, moment now, const std::vector<int>& jobs) {
    const auto planned = [&](const due_row& d) { return has(jobs, d.job) && d.step; };
    if (std::none_of(all.due.begin(), all.due.end(), planned)) return;
    // what was inserted without a step belongs to that of the attempt before it
    const auto before = all.attempts;
    for (auto& a : all.attempts) {
        const auto* d = all.due_of(a.job);
        if (!has(jobs, a.job) || d == nullptr || !d->step || a.step) continue;
        for (const auto& b : before) {
            if (b.job != a.job || b.n != a.n - 1) continue;
            a.step = b.step;
            a.on = b.on;
        }
    }
    for (const int id : jobs)
        follow_plan(all, now, id);
}

void reschedule(tables& all, moment now, const std::vector<int>& jobs) {
    follow_plans(all, now, jobs);
    const auto is_over = [&](const due_row& d) {
        return has(jobs, d.job) && all.job(d.job)->final();
    };
    all.due.erase(std::remove_if(all.due.begin(), all.due.end(), is_over), all.due.end());
    for (const int id : jobs) {
        auto* d = all.due_of(id);
        if (d == nullptr) continue;
        if (const auto* a = most_urgent(all, id)) {
            d->what = static_cast<int>(a->state);
            d->route = a->route;
            d->at = a->next_at;
            const bool hides = a->state == waiting || a->state == in_doubt;
            d->close_at = hides ? a->deadline : last_deadline(all, id);
        } else if (d->step_after) {
            d->what = only_a_step;
            d->route = 0;
            d->at = *d->step_at;
            d->close_at = all.job(id)->send_by;
        }
    }
}

void insert_final_report(tables& all, moment now, const job_row& j, int owner, mirror::span lease) {
    const bool was_told = j.reason == "lookup_refused";
    if (!j.wants_report || (!j.report_refusal && was_told)) return;
    for (const auto& one : all.reports)  // unique among those that were never tried
        if (one.job == j.id && one.where == report_row::place::fresh) return;
    report_row made;
    made.job = j.id;
    made.says = {j.sms, j.call, j.dlr, j.in_doubt, j.reason};
    made.owner = owner;
    if (owner != 0) made.lease_until = now + lease;
    all.reports.push_back(made);
}

void settle_up(
    tables& all, moment now, const std::vector<int>& jobs, int report_owner, mirror::span lease
) {
    follow_plans(all, now, jobs);
    std::vector<folded> changed;
    for (const int id : jobs) {
        const auto one = fold_and_close(all, now, id);
        if (one.changed) changed.push_back(one);
    }
    for (const auto& one : changed) {
        if (!one.closed_now || !one.left_open) continue;
        for (auto& a : all.attempts) {
            if (a.job != one.job || (a.state != waiting && a.state != sending)) continue;
            if (a.state == sending && a.doubt.empty()) a.doubt = "job_final";
            a.state = a.state == waiting ? superseded : in_doubt;
            a.error = "job_final";
        }
    }
    reschedule(all, now, jobs);
    for (const auto& one : changed)
        if (one.closed_now) insert_final_report(all, now, *all.job(one.job), report_owner, lease);
}

}  // namespace pinwire::mirror
