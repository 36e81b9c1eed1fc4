#include <algorithm>

#include "tests/support/mirror/mirror.hpp"
#include "tests/support/mirror/new_attempt.hpp"

namespace pinwire::mirror {
namespace {

using enum attempt_state;

bool has_open_request(const tables& all, int job) {
    return std::any_of(all.attempts.begin(), all.attempts.end(), [job](const attempt_row& b) {
        return b.job == job && b.state >= sending && b.state <= sent && !b.closed;
    });
}

// The next step's attempt, or that there is none: the due row says which. False: the lease is gone.
bool decide(tables& all, moment now, const step_row& r, bool& goes) {
    const auto* a = all.attempt(r.attempt);
    if (a == nullptr) return false;
    const auto& j = *all.job(a->job);
    auto* d = all.due_of(a->job);
    if (d == nullptr || d->step_at != r.step_at || j.final()) return false;
    if (all.newest_of(a->job)->n > a->n) return false;
    goes = r.next && j.send_by > now;
    d->step_after.reset();
    d->step_at.reset();
    if (!goes) return true;
    d->step = r.plan.step;
    d->step_after = r.plan.after;
    if (r.plan.after) d->step_at = now + *r.plan.after;
    return true;
}

void begin(tables& all, moment now, int epoch, const step_row& r) {
    auto& a = *all.attempt(r.attempt);
    if (a.state == waiting) {
        a.state = not_sent;
        a.error = "step_over";
    }
    auto wish = *r.next;
    wish.start = false;  // a step waits for its turn
    auto made = new_attempt(a.job, a.n + 1, wish, epoch, now);
    made.step = r.plan.step;
    if (r.plan.on != all.job(a.job)->on) made.on = r.plan.on;
    all.attempts.push_back(made);
}

}  // namespace

bool plan_is_over(tables& all, moment now, const job_row& j) {
    return j.send_by <= now || !why_no_more(all, now, j).empty();
}

std::vector<due_step> take_steps(tables& all, moment now, mirror::span skew, mirror::span lease) {
    const auto settled = settled_until(all);
    std::vector<int> jobs, over;
    for (auto& d : all.due) {
        if (!d.step_at || *d.step_at > now) continue;
        const bool heard = settled && *d.step_at <= *settled - skew;
        if (!heard && has_open_request(all, d.job)) continue;
        d.step_at = now + lease;
        jobs.push_back(d.job);
    }
    for (const int id : jobs) {
        const auto& j = *all.job(id);
        if (!j.final() && plan_is_over(all, now, j)) over.push_back(id);
    }
    for (const int id : over) {
        auto& d = *all.due_of(id);
        d.step_at.reset();
        d.step_after.reset();
    }
    if (!over.empty()) settle_up(all, now, over, 0, mirror::span(0));
    std::vector<due_step> out;
    for (const int id : jobs) {
        const auto* a = all.newest_of(id);
        if (a == nullptr) continue;
        const auto* d = all.due_of(id);
        out.push_back(
            {a->id, id, a->n, a->step.value_or(1), d != nullptr ? d->step_at : std::nullopt}
        );
    }
    return out;
}

std::vector<step_answer> begin_steps(
    tables& all, moment now, int epoch, std::span<const step_row> rows
) {
    std::vector<int> changed;
    std::vector<const step_row*> begun;
    for (const auto& r : rows) {
        bool goes = false;
        if (!decide(all, now, r, goes)) continue;
        changed.push_back(all.attempt(r.attempt)->job);
        if (goes) begun.push_back(&r);
    }
    for (const auto* r : begun)
        begin(all, now, epoch, *r);
    if (!changed.empty()) settle_up(all, now, changed, 0, mirror::span(0));
    std::vector<step_answer> out;
    for (const auto& r : rows) {
        const auto* b = r.next ? all.attempt(r.next->id) : nullptr;
        out.push_back({r.attempt, b != nullptr ? b->n : 0});
    }
    return out;
}

}  // namespace pinwire::mirror
