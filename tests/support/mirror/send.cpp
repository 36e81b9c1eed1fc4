#include <algorithm>

#include "tests/support/mirror/mirror.hpp"
#include "tests/support/mirror/new_attempt.hpp"

namespace pinwire::mirror {
namespace {

using enum attempt_state;

void add_job(std::vector<int>& jobs, int id) {
    if (std::find(jobs.begin(), jobs.end(), id) == jobs.end()) jobs.push_back(id);
}

template <class Rows>
std::vector<int> jobs_of(tables& all, const Rows& rows) {
    std::vector<int> jobs;
    for (const auto& r : rows)
        if (const auto* a = all.attempt(r.attempt)) add_job(jobs, a->job);
    return jobs;
}

bool no_longer_counts(const tables& all, const pin_row& p, const job_row& j) {
    if (p.cancelled_at || (p.verified_at && *p.verified_at >= j.accepted_at)) return true;
    if ((p.verified_at && p.single_use) || (p.max_tries > 0 && p.tries_left <= 0)) return true;
    return p.by_number && std::any_of(all.pins.begin(), all.pins.end(), [&](const pin_row& q) {
               return q.by_number && q.number == p.number &&
                      std::pair(q.requested_at, q.minted_at) >
                          std::pair(p.requested_at, p.minted_at);
           });
}

// how start_sending() judges
start_answer judge(tables& all, moment now, int epoch, const start_row& r) {
    start_answer out;
    const auto& a = *all.attempt(r.attempt);
    const auto& j = *all.job(a.job);
    const auto* p = all.pin(j.pin);
    out.attempt = a.id;
    if (p != nullptr) {
        out.sealed = p->sealed;
        out.pin_expires_at = p->expires_at.value_or(moment::max());
    }
    const bool again = a.state == sending && a.owner == epoch && a.next_at == r.next_at &&
                       a.deadline == r.deadline;
    if (again) return out;
    if (a.state != waiting || a.owner != epoch || a.set_aside)
        out.why = "not_ours";
    else if (j.final())
        out.why = "job_final";
    else if (j.send_by <= now)
        out.why = "expired";
    else
        out.why = why_no_more(all, now, j);
    return out;
}

// What record() asks of a row before it changes any.
struct judged {
    bool applies = false;
    bool may_follow = false;
    bool reopens = false;
    bool ends = false;
    std::string over;  // why its PIN counts no more, of one that waited and would go another way
};

judged judge(tables& all, moment now, int epoch, const record_row& r) {
    judged out;
    const auto& a = *all.attempt(r.attempt);
    const auto& j = *all.job(a.job);
    const auto next = std::any_of(all.attempts.begin(), all.attempts.end(), [&](const auto& c) {
        return c.job == a.job && c.n == a.n + 1;
    });
    out.may_follow = r.next && !j.final() && !plan_is_over(all, now, j) && !next;
    if (r.next && !j.final() && j.send_by > now && a.state == waiting &&
        r.result == result::not_sent)
        out.over = why_no_more(all, now, j);
    const bool resent = r.result == result::resent;
    const auto found = r.how.empty() ? dlr_status::acceptd : r.found.value_or(dlr_status::acceptd);
    const auto news = a.dlr ? std::max(*a.dlr, found) : found;
    out.reopens = r.result == result::sent && a.closed && !j.final() && news < dlr_status::unknown;
    out.ends = a.state == in_doubt && (r.result == result::sent || r.result == result::not_sent ||
                                       (resent && out.may_follow));
    const bool from_open = a.state == sending || a.state == in_doubt;
    const bool passed_by =
        r.error == "route_paused" || r.error == "route_unhealthy" || r.error == "route_gone";
    switch (r.result) {
        case result::sent:
            out.applies = true;
            break;
        case result::in_doubt:
            out.applies = a.owner == epoch && from_open;
            break;
        case result::not_sent:
            out.applies = a.owner == epoch && ((from_open && !passed_by) || a.state == waiting);
            break;
        case result::resent:
            out.applies = a.owner == epoch && a.state == in_doubt && !a.closed;
            break;
    }
    return out;
}

void end_doubt(attempt_row& a, moment now, const record_row& r) {
    if (r.result == result::resent)
        a.doubt_end = "resent";
    else if (!r.how.empty())
        a.doubt_end = r.how;
    else
        a.doubt_end = r.result == result::sent ? "answered" : "refused";
    a.doubt_ended_at = now;
}

void apply(tables& all, moment now, const record_row& r, const judged& how) {
    auto& a = *all.attempt(r.attempt);
    const bool resent = r.result == result::resent;
    if (how.reopens) a.closed = false;
    const bool was_closed = a.closed;
    const bool told = !r.how.empty() && r.found.has_value();
    const auto found = r.found.value_or(dlr_status::acceptd);
    if (how.ends) end_doubt(a, now, r);
    if (r.result == result::in_doubt && a.doubt.empty())
        a.doubt = r.error.empty() ? "no_answer" : r.error;
    if (!was_closed && resent && !how.may_follow)
        a.next_at = r.deadline.value_or(a.deadline);
    else if (!was_closed)
        a.next_at = r.next_at.value_or(a.next_at);
    a.closed = a.closed || (resent && how.may_follow) || (told && found >= dlr_status::unknown);
    a.state = resent ? in_doubt : static_cast<attempt_state>(r.result);
    if (a.carrier_id == 0) a.carrier_id = r.carrier_id;
    if (r.result == result::sent && !a.sent_at) a.sent_at = now;
    a.error = r.result == result::sent ? std::string() : r.error;
    if (how.over == "superseded") a.state = superseded;
    if (!how.over.empty()) a.error = how.over;
    if (r.call) a.call = fold(a.call, *r.call);
    if (told) {
        a.dlr = fold(a.dlr, found);
        a.dlr_at = now;
    }
    a.deadline = r.deadline.value_or(a.deadline);
    if (r.repeated) ++a.repeats;
}

// wake_parked(): what waits for this id may be tried at once.
void add_ref(tables& all, moment now, const attempt_row& a, int carrier_id) {
    const carrier_ref made{a.carrier, carrier_id, a.id};
    if (std::find(all.refs.begin(), all.refs.end(), made) != all.refs.end()) return;
    all.refs.push_back(made);
    for (auto& p : all.parked)
        if (p.entry.carrier == a.carrier && p.entry.carrier_id == carrier_id && p.next_at > now)
            p.next_at = now;
}

void insert_next(tables& all, moment now, int epoch, const record_row& r) {
    const auto a = *all.attempt(r.attempt);
    const auto& j = *all.job(a.job);
    const bool not_sent_now =
        r.result == result::not_sent && !j.final() && !plan_is_over(all, now, j);
    const bool resent_now = r.result == result::resent && a.closed;
    if (!r.next || (!not_sent_now && !resent_now)) return;
    for (const auto& c : all.attempts)
        if (c.job == a.job && c.n == a.n + 1) return;
    all.attempts.push_back(new_attempt(a.job, a.n + 1, *r.next, epoch, now));
}

record_answer answer_of(tables& all, int epoch, const record_row& r, bool applied) {
    record_answer out;
    out.attempt = r.attempt;
    const auto& a = *all.attempt(r.attempt);
    const bool before =
        a.owner == epoch &&
        ((r.result == result::not_sent && (a.state == not_sent || a.state == superseded)) ||
         (r.result == result::resent && a.state == in_doubt && a.closed));
    out.applied = applied || before;
    if (r.next)
        if (const auto* b = all.attempt(r.next->id)) out.next_n = b->n;
    return out;
}

}  // namespace

// why_no_more()
std::string why_no_more(tables& all, moment now, const job_row& j) {
    const auto* p = all.pin(j.pin);
    if (p != nullptr && no_longer_counts(all, *p, j)) return "superseded";
    if (p == nullptr || !p->sealed || (p->expires_at && *p->expires_at <= now))
        return "pin_expired";
    return {};
}

std::vector<start_answer> start_sending(
    tables& all, moment now, int epoch, std::span<const start_row> rows
) {
    const auto jobs = jobs_of(all, rows);
    std::vector<start_answer> out;
    for (const auto& r : rows)
        if (all.attempt(r.attempt) != nullptr) out.push_back(judge(all, now, epoch, r));
    bool ended = false;
    for (const auto& r : rows) {
        auto* a = all.attempt(r.attempt);
        if (a == nullptr) continue;
        const auto& why = std::find_if(out.begin(), out.end(), [&](const auto& s) {
                              return s.attempt == a->id;
                          })->why;
        if (a->state == waiting && why.empty()) {
            a->state = sending;
            a->started_at = now;
            a->next_at = r.next_at;
            a->deadline = r.deadline;
        } else if (why == "expired" || why == "pin_expired" || why == "superseded") {
            a->state = why == "superseded" ? superseded : not_sent;
            a->error = why;
            ended = true;
        }
    }
    if (ended)
        settle_up(all, now, jobs, 0, mirror::span(0));
    else
        reschedule(all, now, jobs);
    return out;
}

std::vector<record_answer> record(
    tables& all, moment now, int epoch, std::span<const record_row> rows
) {
    const auto jobs = jobs_of(all, rows);
    std::vector<judged> how;
    for (const auto& r : rows)
        how.push_back(all.attempt(r.attempt) != nullptr ? judge(all, now, epoch, r) : judged());
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (how[i].applies) apply(all, now, rows[i], how[i]);
    for (const auto& r : rows) {
        const auto* a = all.attempt(r.attempt);
        if (a != nullptr && r.result == result::sent && r.carrier_id != 0)
            add_ref(all, now, *a, r.carrier_id);
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (how[i].applies) insert_next(all, now, epoch, rows[i]);
    settle_up(all, now, jobs, 0, mirror::span(0));
    std::vector<record_answer> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (all.attempt(rows[i].attempt) != nullptr)
            out.push_back(answer_of(all, epoch, rows[i], how[i].applies));
    return out;
}

std::vector<int> take_waiting(tables& all, moment now, int epoch, const waiting_query& of) {
    std::vector<int> taken;
    for (const auto& d : all.due) {
        if (d.what != static_cast<int>(waiting) || d.route != of.route || d.at > of.until) continue;
        if (d.close_at <= now) continue;
        for (auto& a : all.attempts) {
            if (a.job != d.job || a.state != waiting) continue;
            const auto* o = all.process(a.owner);
            const bool held = std::find(of.held.begin(), of.held.end(), a.id) != of.held.end();
            const bool free = o == nullptr || o->dead || o->beat_at < now - of.stale ||
                              (d.at < now - of.grace && a.owner != epoch) ||
                              (a.owner == epoch && !held);
            if (!free) continue;
            a.owner = epoch;
            taken.push_back(a.id);
        }
    }
    return taken;
}

void postpone(tables& all, moment now, int epoch, int attempt, moment next_at) {
    auto* a = all.attempt(attempt);
    if (a == nullptr) return;
    if (a->owner == epoch && (a->state == waiting || a->state == in_doubt)) a->next_at = next_at;
    reschedule(all, now, {a->job});
}

int give_up_waiting(tables& all, int epoch, std::span<const int> attempts) {
    int given = 0;
    for (const int id : attempts) {
        auto* a = all.attempt(id);
        if (a == nullptr || a->state != waiting || a->owner != epoch) continue;
        a->owner = 0;
        ++given;
    }
    return given;
}

}  // namespace pinwire::mirror
