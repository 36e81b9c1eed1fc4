// The worker's sweep (worker/sweep.cpp, plan_steps.cpp): refills, takeovers, the ladder, steps of
// plans, what is overdue.
#include <algorithm>

#include "common/core/limits.hpp"
#include "tests/simulation/history_world.hpp"

namespace pinwire::simulation {
namespace {

using carriers::verdict;

constexpr ms answer_timeout = 10s;
constexpr ms produce_timeout = 5s;
constexpr ms news_skew = limits::clock_skew_max * 2 + produce_timeout;

std::chrono::system_clock::time_point wall(moment at) {
    return std::chrono::system_clock::time_point(at);
}
moment from_wall(std::chrono::system_clock::time_point at) {
    return std::chrono::time_point_cast<ms>(at);
}

}  // namespace

// Silence proves death only to who is steady himself.
ms history::dead_after(int by) const {
    return steady(by) ? timing_.takeover_after + answer_timeout : ms(24h);
}

void history::sweep(int by) {
    using part = void (history::*)(int);
    constexpr part parts[] = {
        &history::refill,
        &history::take_over,
        &history::climb,
        &history::step_on,
        &history::close_overdue};
    const auto life = processes_[static_cast<std::size_t>(by)].life;
    if (!alive(by)) return;
    for (const auto& one : parts) {
        (this->*one)(by);
        look();
        maybe_fault(by);
        const auto& its = processes_[static_cast<std::size_t>(by)];
        if (its.life != life || now_ < its.goes_on || now_ < its.database_at) return;
    }
}

std::vector<plan_try> history::tries_of(int job, int up_to) {
    std::vector<plan_try> made;
    for (int n = 1; n <= up_to; ++n) {
        for (const auto& a : db_.attempts) {
            if (a.job != job || a.n != n) continue;
            const bool passed_by = a.error == "route_paused" || a.error == "route_unhealthy";
            if (a.state == attempt_state::not_sent && !a.started_at && passed_by) continue;
            plan_try one;
            one.step = a.step.value_or(1);
            one.refused = a.state == attempt_state::not_sent && a.started_at.has_value();
            const bool counts = a.state >= attempt_state::sending && a.state <= attempt_state::sent;
            one.cost = counts ? a.cost : 0;
            one.route = route_name(std::to_string(a.route));
            made.push_back(std::move(one));
        }
    }
    return made;
}

// work_items(), routing_of() and plan_facts().
work history::work_of(int id) {
    const auto& a = *db_.attempt(id);
    const auto& j = *db_.job(a.job);
    work made;
    made.id = id;
    made.job = a.job;
    made.number = a.n;
    made.route = a.route;
    for (std::size_t i = 0; i < orders_.size(); ++i)
        if (orders_[i].key == j.key && orders_[i].hash == j.hash) made.order = static_cast<int>(i);
    const auto* p = db_.pin(j.pin);
    if (p != nullptr) made.pin_expires_at = p->expires_at.value_or(moment::max());
    made.send_by = j.send_by;
    made.next_at = a.next_at;
    made.started_at = a.started_at.value_or(a.next_at);
    made.deadline = a.deadline;
    made.repeats = a.repeats;
    made.cost = a.cost;
    for (const auto& b : db_.attempts) {
        const bool passed_by = b.error == "route_paused" || b.error == "route_unhealthy";
        if (b.job == a.job && b.state == attempt_state::not_sent && !passed_by)
            made.refused.push_back(b.route);
    }
    if (a.step) {
        made.step = *a.step;
        made.tries = tries_of(a.job, a.n - 1);
    }
    return made;
}

void history::refill(int by) {
    auto& its = processes_[static_cast<std::size_t>(by)];
    for (const auto& way : ways_) {
        mirror::waiting_query of;
        of.route = way.number;
        of.until = now_ + timing_.sweep_every * 2;
        of.stale = timing_.stale_after;
        of.grace = timing_.hold_grace;
        of.held = its.held;
        auto owners = db_.attempts;
        for (const int id : mirror::take_waiting(db_, now_, its.epoch, of)) {
            const auto was = std::find_if(owners.begin(), owners.end(), [id](const auto& a) {
                return a.id == id;
            });
            if (was->owner == its.epoch)
                note(rare::waiting_brought_again);
            else if (was->owner != 0)
                note(rare::waiting_taken_over);
            if (loses_answer()) continue;
            auto mine = work_of(id);
            mine.gaps = its.gaps;
            hold(by, std::move(mine));
        }
    }
}

void history::take_over(int by) {
    const auto& its = processes_[static_cast<std::size_t>(by)];
    const auto taken =
        mirror::take_over_sending(db_, now_, its.epoch, dead_after(by), limits::takeovers_max);
    if (!taken.empty()) note(rare::sending_taken_over);
}

std::ptrdiff_t history::set_aside() const {
    return std::count_if(db_.attempts.begin(), db_.attempts.end(), [](const auto& a) {
        return a.set_aside;
    });
}

void history::climb(int by) {
    const auto& its = processes_[static_cast<std::size_t>(by)];
    const auto aside_before = set_aside();
    const auto taken = mirror::take_in_doubt(
        db_, now_, its.epoch, dead_after(by), timing_.takeover_after * 2, limits::takeovers_max
    );
    if (set_aside() > aside_before) note(rare::set_aside);
    mark_settled();
    for (const int id : taken) {
        auto mine = work_of(id);
        mine.gaps = its.gaps;
        const int t = new_task(std::move(mine));
        if (const auto settled = mirror::settled_until(db_))
            tasks_.back().settled = *settled - news_skew;
        plan(doing::rung, by, t, soon());
    }
}

void history::rung(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    const auto& way = ways_[static_cast<std::size_t>(its.of.route) - 1];
    worker::doubt row;
    row.started_at = wall(its.of.started_at);
    row.send_by =
        its.of.last_moment() == moment::max() ? wall(its.of.send_by) : wall(its.of.last_moment());
    row.deadline = wall(its.of.deadline);
    row.repeats = its.of.repeats;
    row.idempotency_window = std::chrono::duration_cast<std::chrono::seconds>(way.window);
    row.absent_after = std::chrono::duration_cast<std::chrono::seconds>(way.absent_after);
    row.can_ask = way.can_ask;
    row.policy = way.policy;
    std::optional<std::chrono::system_clock::time_point> settled;
    if (its.settled) settled = wall(*its.settled);
    const auto next = worker::next_rung(row, settled, timing_, wall(now_));
    using kind = worker::rung::kind;
    switch (next.what) {
        case kind::repeat:
            its.how = manner::repeat;
            return plan(doing::first_byte, by, t, soon());
        case kind::ask:
            its.how = manner::ask;
            return plan(doing::asked, by, t, soon() * 4);
        case kind::resend:
            return resend(by, t);
        case kind::wait:
        case kind::hold:
            mirror::postpone(
                db_,
                now_,
                processes_[static_cast<std::size_t>(by)].epoch,
                its.of.id,
                from_wall(next.at)
            );
    }
}

void history::resend(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    its.how = manner::resend;
    its.record = {};
    its.record.attempt = its.of.id;
    its.record.result = mirror::result::resent;
    its.record.error = "in_doubt_resent";
    worker::outcome waived;
    waived.verdict = verdict::not_sent_later;
    auto step = step_after(its.of, waived, true);
    if (step.what == worker::next_step::kind::later) {
        step.what = worker::next_step::kind::now;
        step.at = wall(now_);
    }
    if (step.what == worker::next_step::kind::none) {
        const auto epoch = processes_[static_cast<std::size_t>(by)].epoch;
        return mirror::postpone(db_, now_, epoch, its.of.id, its.of.deadline);
    }
    plan_next(by, its, step);
    plan(doing::record, by, t, soon());
}

// attempts::ask(): the carrier's list has what it took, and is complete after a while.
void history::asked(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    const auto& way = ways_[static_cast<std::size_t>(its.of.route) - 1];
    const auto& known = truth_of(its.of.id);
    const bool complete =
        way.absent_after.count() > 0 && now_ >= its.of.started_at + way.window + way.absent_after;
    its.result = {};
    if (known.accepted) {
        its.result.verdict = verdict::sent;
        its.result.doubt_end = "asked_found";
        std::optional<dlr_status> said;
        if (dice_.chance(0.5)) said = static_cast<dlr_status>(1 + dice_.below(8));
        if (way.on == channel::voice) {
            its.result.call = static_cast<call_status>(1 + dice_.below(12));
            said = delivery_of(*its.result.call);
        }
        request_of(its);
        its.record.repeated = true;
        its.record.found = said;
    } else if (complete) {
        its.result.verdict = verdict::not_sent_later;
        its.result.error = its.result.doubt_end = "asked_absent";
        request_of(its);
        plan_next(by, its, step_after(its.of, its.result, false));
    } else {
        note(rare::asked_unknown);
        its.result.verdict = verdict::in_doubt;
        its.result.error = "asked_unknown";
        request_of(its);
        its.record.repeated = true;
        its.record.next_at = from_wall(worker::after_ask(timing_, wall(now_)));
        its.record.deadline = its.of.deadline;
    }
    plan(doing::record, by, t, soon());
}

void history::step_on(int by) {
    const auto& its = processes_[static_cast<std::size_t>(by)];
    mark_settled();
    const auto due = mirror::take_steps(db_, now_, limits::clock_skew_max, timing_.stale_after);
    for (const auto& one : due) {
        if (!one.step_at) {
            note(rare::plan_stopped);
            continue;
        }
        auto of = work_of(one.attempt);
        const auto& job = orders_[static_cast<std::size_t>(of.order)].plan;
        const auto tries = tries_of(one.job, one.n);
        const auto next = next_in_plan(job, one.step, tries, offers());
        const int t = new_task(of);
        auto& made = tasks_.back();
        made.step.attempt = one.attempt;
        made.step.step_at = *one.step_at;
        if (next.step == 0) {
            note(rare::plan_used_up);
        } else {
            mirror::attempt_wish a;
            a.id = ++next_id_;
            a.route = a.carrier = std::stoi(next.offer.route.str());
            a.keep = dice_.chance(0.7);
            a.next_at = now_ + (a.keep ? dice_.between(0ms, 10s) : 0ms);
            a.deadline = of.last_moment();
            a.cost = next.offer.cost;
            made.step.plan.step = next.step;
            made.step.plan.on = channel_of_step(job, next.step);
            if (const auto after = length_of_step(job, next.step)) made.step.plan.after = *after;
            auto& n = made.next;
            n = of;
            n.id = a.id;
            n.route = a.route;
            n.step = next.step;
            n.cost = a.cost;
            n.next_at = a.next_at;
            n.deadline = a.deadline;
            n.tries = tries;
            n.refused.clear();
            for (const auto& tried : tries)
                if (tried.refused) n.refused.push_back(std::stoi(tried.route.str()));
            n.repeats = 0;
            n.gaps = its.gaps;
            made.step.next = a;
        }
        plan(doing::steps, by, t, troubled() && dice_.chance(0.1) ? dice_.between(1s, 8s) : soon());
    }
}

void history::steps(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    const auto epoch = processes_[static_cast<std::size_t>(by)].epoch;
    const auto before = *db_.attempt(its.step.attempt);
    its.stepped = mirror::begin_steps(db_, now_, epoch, {&its.step, 1}).front();
    if (its.lost) {
        note(rare::step_repeated);
    } else if (its.step.next && its.stepped.next_n == 0) {
        note(rare::step_lease_lost);
    } else if (its.step.next) {
        const bool waited = before.state == attempt_state::waiting;
        const bool failed = before.state == attempt_state::not_sent || before.closed;
        note(
            waited   ? rare::step_withdrawn
            : failed ? rare::step_by_failure
                     : rare::step_by_silence
        );
    }
    await_answer(by, t, doing::steps, doing::step_known);
}

void history::step_known(int by, int t) {
    const auto& its = tasks_[static_cast<std::size_t>(t)];
    if (its.stepped.next_n == 0 || !its.step.next || !its.step.next->keep) return;
    auto next = its.next;
    next.number = its.stepped.next_n;
    hold(by, next);
}

void history::close_overdue(int by) {
    mark_settled();
    mirror::overdue_query of;
    of.grace = 500ms;
    of.skew = news_skew;
    if (by == 2) {
        of.reporter = processes_[2].epoch;
        of.lease = 60s;
    }
    auto before = db_.attempts;
    if (mirror::close_overdue(db_, now_, of) == 0) return;
    for (const auto& was : before) {
        const auto& is = *db_.attempt(was.id);
        if (was.closed || !is.closed) continue;
        if (was.state == attempt_state::waiting) note(rare::closed_waiting);
        if (was.state == attempt_state::sent) note(rare::closed_without_news);
        if (is.state == attempt_state::in_doubt) note(rare::held_to_the_end);
    }
    if (by == 2) hand_over();
}

}  // namespace pinwire::simulation
