#include <algorithm>

#include "tests/support/mirror/mirror.hpp"
#include "tests/support/mirror/new_attempt.hpp"

namespace pinwire::mirror {
namespace {

bool is_newer(const pin_row& one, const pin_row& than) {
    return std::pair(one.requested_at, one.minted_at) >
           std::pair(than.requested_at, than.minted_at);
}

job_row* job_of_key(tables& all, int key) {
    for (auto& one : all.jobs)
        if (one.key == key) return &one;
    return nullptr;
}

void end_unsent(job_row& j, const std::string& why, moment now) {
    j.reason = why;
    j.final_at = now;
    if (j.on == channel::sms)
        j.sms = sms_status::not_sent;
    else
        j.call = call_status::error;
}

void insert_job(tables& all, moment now, const claim_row& r) {
    job_row j;
    j.id = r.id;
    j.key = r.key;
    j.claim = r.claim;
    j.hash = r.hash;
    j.on = r.on;
    j.number = r.number;
    j.wants_report = r.wants_report;
    j.report_refusal = r.report_refusal;
    j.requested_at = r.requested_at;
    j.send_by = r.send_by;
    j.accepted_at = now;
    j.pin = r.pin ? r.pin->id : 0;
    j.route = r.attempt ? r.attempt->route : 0;
    j.attempts = r.attempt ? 1 : 0;
    const auto why = !r.reason.empty() ? r.reason : r.attempt ? std::string() : "no_route";
    if (!why.empty()) end_unsent(j, why, now);
    all.jobs.push_back(j);
}

void insert_pin(tables& all, moment now, const claim_row& r) {
    const bool to_send = r.reason.empty() && r.attempt;
    const bool again = r.reason == "lookup_withheld" || r.reason == "no_route";
    if (!r.pin || (!again && !to_send)) return;
    if (all.pin(r.pin->id) != nullptr) return;
    pin_row p;
    p.id = r.pin->id;
    p.number = r.number;
    p.claim = r.claim;
    p.max_tries = p.tries_left = r.pin->max_tries;
    p.by_number = r.pin->by_number;
    p.single_use = r.pin->single_use;
    p.requested_at = r.requested_at;
    p.minted_at = now;
    if (r.pin->expires_in) p.expires_at = r.requested_at + *r.pin->expires_in;
    all.pins.push_back(p);
}

void wipe_older(tables& all, const pin_row& than) {
    for (auto& q : all.pins)
        if (q.by_number && q.number == than.number && is_newer(than, q)) q.sealed = false;
}

std::string why_not(const tables& all, const pin_row& p, const claim_row& r, moment now) {
    for (const auto& q : all.pins)
        if (p.by_number && q.by_number && q.number == p.number && is_newer(q, p))
            return "superseded";
    if (p.claim == r.claim) return {};
    if (p.number != r.number) return "pin_other_number";
    if (p.cancelled_at) return "pin_cancelled";
    if (p.expires_at && *p.expires_at <= now) return "pin_expired";
    if (p.verified_at && p.single_use) return "pin_spent";
    if (p.max_tries > 0 && p.tries_left <= 0) return "pin_out_of_tries";
    if (!p.sealed) return "pin_expired";
    return {};
}

void refuse_pin(tables& all, moment now, const claim_row& r) {
    auto* p = r.pin ? all.pin(r.pin->id) : nullptr;
    if (p == nullptr) return;
    const auto why = why_not(all, *p, r, now);
    if (p->claim == r.claim && why == "superseded") p->sealed = false;
    if (why.empty() || !r.reason.empty() || !r.attempt) return;
    auto& j = *all.job(r.id);
    end_unsent(j, why, now);
    j.attempts = 0;
    j.route = 0;
}

void insert_attempt(tables& all, moment now, int epoch, const claim_row& r) {
    if (!r.attempt || all.job(r.id)->final()) return;
    const auto a = new_attempt(r.id, 1, *r.attempt, epoch, now);
    due_row d;
    d.job = a.job;
    d.what = static_cast<int>(a.state);
    d.route = a.route;
    d.at = a.next_at;
    d.close_at = a.deadline;
    all.attempts.push_back(a);
    all.due.push_back(d);
}

// begin_plans()
void begin_plan(tables& all, moment now, const claim_row& r) {
    auto* j = job_of_key(all, r.key);
    if (!r.plan || j == nullptr || j->claim != r.claim) return;
    for (auto& a : all.attempts) {
        if (a.job != j->id || a.n != 1 || a.step) continue;
        a.step = r.plan->step;
        if (r.plan->on != j->on) a.on = r.plan->on;
        auto* d = all.due_of(j->id);
        if (d == nullptr) continue;
        d->step = r.plan->step;
        d->step_after = r.plan->after;
        if (r.plan->after) d->step_at = now + *r.plan->after;
    }
}

claim_answer answer_of(tables& all, const claim_row& r) {
    claim_answer out;
    const auto& j = *job_of_key(all, r.key);
    out.asked = r.claim;
    out.id = j.id;
    out.claim = j.claim;
    out.hash = j.hash;
    out.final = j.final();
    out.reason = j.reason;
    for (const auto& a : all.attempts) {
        if (a.job != j.id || a.n != 1) continue;
        out.state = a.state;
        out.owner = a.owner;
    }
    if (const auto* p = all.pin(j.pin)) {
        out.sealed = p->sealed;
        out.pin_expires_at = p->expires_at.value_or(moment::max());
    }
    return out;
}

}  // namespace

std::vector<claim_answer> claim(
    tables& all, moment now, int epoch, std::span<const claim_row> rows
) {
    std::vector<const claim_row*> fresh;
    for (const auto& r : rows) {
        if (job_of_key(all, r.key) != nullptr) continue;
        insert_job(all, now, r);
        fresh.push_back(&r);
    }
    const auto known = all.pins.size();
    for (const auto* r : fresh)
        insert_pin(all, now, *r);
    const std::vector<pin_row> minted(
        all.pins.begin() + static_cast<std::ptrdiff_t>(known), all.pins.end()
    );
    for (const auto& p : minted)
        if (p.by_number) wipe_older(all, p);
    for (const auto* r : fresh)
        refuse_pin(all, now, *r);
    for (const auto* r : fresh)
        insert_attempt(all, now, epoch, *r);
    for (const auto* r : fresh)
        if (all.job(r->id)->final())
            insert_final_report(all, now, *all.job(r->id), 0, mirror::span(0));
    std::vector<claim_answer> out;
    for (const auto& r : rows)
        out.push_back(answer_of(all, r));
    for (const auto& r : rows)
        begin_plan(all, now, r);
    return out;
}

}  // namespace pinwire::mirror
