// The worker from the record to the recorded outcome, as worker/claim.cpp, attempts.cpp, send.cpp
// and store.cpp have it: each step is an event of its own, so that a crash fits between any two.
#include <algorithm>

#include "common/core/deadlines.hpp"
#include "common/core/limits.hpp"
#include "tests/simulation/history_world.hpp"

namespace pinwire::simulation {
namespace {

using carriers::verdict;

constexpr ms answer_timeout = 10s;

route_name name_of_route(int number) {
    return route_name(std::to_string(number));
}

plan_try try_of(const work& of, bool refused) {
    plan_try made;
    made.step = of.step;
    made.route = name_of_route(of.route);
    made.refused = refused;
    made.cost = refused ? 0 : of.cost;
    return made;
}

std::chrono::system_clock::time_point wall(moment at) {
    return at == moment::max() ? std::chrono::system_clock::time_point::max()
                               : std::chrono::system_clock::time_point(at);
}

moment from_wall(std::chrono::system_clock::time_point at) {
    return std::chrono::time_point_cast<ms>(at);
}

}  // namespace

bool history::alive(int by) const {
    return now_ - processes_[static_cast<std::size_t>(by)].beat < timing_.stale_after;
}

bool history::steady(int by) const {
    const auto& one = processes_[static_cast<std::size_t>(by)];
    return alive(by) && now_ - one.steady_since >= timing_.takeover_after + answer_timeout;
}

channel history::channel_of(const work& of) const {
    const auto& plan = orders_[static_cast<std::size_t>(of.order)].plan;
    return plan.steps.empty() ? plan.channel : channel_of_step(plan, of.step);
}

std::int64_t history::cost_on(int route) const {
    return ways_[static_cast<std::size_t>(route) - 1].price;
}

// 0: there is none.
int history::choose(channel wanted, const std::vector<int>& tried) {
    int found = 0, seen = 0;
    for (const auto& one : ways_) {
        const bool was = std::find(tried.begin(), tried.end(), one.number) != tried.end();
        if (one.on == wanted && !was && dice_.below(++seen) == 0) found = one.number;
    }
    return found;
}

plan_routes history::offers() {
    return [this](channel wanted, const std::vector<route_name>& without) {
        std::vector<int> tried;
        for (const auto& one : without)
            tried.push_back(std::stoi(one.str()));
        std::optional<plan_offer> offer;
        const int route = choose(wanted, tried);
        if (route == 0) return offer;
        offer.emplace();
        offer->route = name_of_route(route);
        offer->cost = cost_on(route);
        return offer;
    };
}

void history::take_message(int by, int t) {
    auto& m = messages_[static_cast<std::size_t>(tasks_[static_cast<std::size_t>(t)].message)];
    if (m.hands++ > 0) note(rare::two_owners);
    if (troubled() && dice_.chance(0.05)) {  // a rebalance: somebody else has it as well
        const int again = new_task();
        tasks_.back().message = tasks_[static_cast<std::size_t>(t)].message;
        plan(doing::message, 1 - by, again, dice_.between(0ms, 2s));
    }
    const auto& of = orders_[static_cast<std::size_t>(m.order)];
    for (const auto& j : db_.jobs) {
        if (j.key != of.key) continue;
        note(rare::known_before_claim);
        if (j.hash != of.hash) note(rare::id_reused);
        m.done = true;
        return;
    }
    auto& its = tasks_[static_cast<std::size_t>(t)];
    auto& c = its.claim;
    c.id = ++next_id_;
    c.key = of.key;
    c.claim = ++next_id_;
    c.hash = of.hash;
    c.on = of.plan.channel;
    c.number = of.number;
    c.wants_report = of.wants_report;
    c.report_refusal = of.report_refusal;
    c.requested_at = of.requested_at;
    c.send_by = of.send_by;
    its.of.order = m.order;
    mirror::pin_wish pin;
    pin.id = of.pin != 0 ? of.pin : of.key;
    pin.by_number = of.by_number;
    pin.expires_in = of.pin_expires_in;
    const double verdict = dice_.share();
    if (now_ >= of.send_by) {
        c.reason = "expired";
    } else if (verdict < 0.04) {
        c.reason = "lookup_refused";
        if (!of.report_refusal && of.wants_report) note(rare::refused_by_lookup);
    } else if (verdict < 0.08) {
        c.reason = "lookup_withheld";
        c.pin = pin;
        note(rare::withheld_by_lookup);
    } else {
        c.pin = pin;
        choose_way(by, of, c, its.of);
    }
    plan(doing::claim, by, t, soon());
}

void history::choose_way(int by, const order& of, mirror::claim_row& c, work& its) {
    int route = 0;
    if (of.plan.steps.empty()) {
        route = choose(of.plan.channel, {});
    } else {
        const auto next = next_in_plan(of.plan, 0, {}, offers());
        route = std::stoi(next.offer.route.str());
        c.plan.emplace();
        c.plan->step = next.step;
        c.plan->on = channel_of_step(of.plan, next.step);
        if (const auto after = length_of_step(of.plan, next.step)) c.plan->after = *after;
        its.step = next.step;
    }
    const auto& way = ways_[static_cast<std::size_t>(route) - 1];
    mirror::attempt_wish a;
    a.id = ++next_id_;
    a.route = a.carrier = route;
    a.start = dice_.chance(0.7);
    a.keep = !a.start && dice_.chance(0.7);
    a.cost = cost_on(route);
    if (a.start) {
        a.next_at = now_ + answer_timeout + timing_.hold_grace;
        a.deadline = now_ + way.validity + no_news_after_;
    } else {
        a.next_at = a.keep && dice_.chance(0.5) ? now_ + dice_.between(0ms, 20s) : now_;
        a.deadline = c.send_by;
    }
    its.id = a.id;
    its.job = c.id;
    its.route = route;
    its.send_by = c.send_by;
    its.next_at = a.next_at;
    its.deadline = a.deadline;
    its.cost = a.cost;
    its.gaps = processes_[static_cast<std::size_t>(by)].gaps;
    c.attempt = a;
}

void history::await_answer(int by, int t, doing again, doing known) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    its.lost = loses_answer();
    plan(its.lost ? again : known, by, t, its.lost ? dice_.between(50ms, 5s) : soon());
}

void history::claim(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    const auto epoch = processes_[static_cast<std::size_t>(by)].epoch;
    its.claimed = mirror::claim(db_, now_, epoch, {&its.claim, 1}).front();
    if (its.lost) note(rare::claim_repeated);
    await_answer(by, t, doing::claim, doing::claim_known);
}

void history::claim_known(int by, int t) {
    const auto its = tasks_[static_cast<std::size_t>(t)];
    const auto& got = its.claimed;
    messages_[static_cast<std::size_t>(its.message)].done = true;
    if (got.claim != got.asked) {
        if (got.hash != its.claim.hash) note(rare::id_reused);
        return;
    }
    const auto epoch = processes_[static_cast<std::size_t>(by)].epoch;
    const bool resend = orders_[static_cast<std::size_t>(its.of.order)].pin != 0;
    if (resend && got.final && its.claim.reason.empty()) note(rare::resend_refused);
    if (got.final || !its.claim.attempt || got.owner != epoch) return;
    auto mine = its.of;
    mine.pin_expires_at = got.pin_expires_at.value_or(moment::max());
    mine.started_at = now_;
    if (resend) note(rare::resend_sent);
    if (got.state == attempt_state::sending && its.claim.attempt->start)
        plan(doing::first_byte, by, new_task(mine), soon());
    else if (got.state == attempt_state::waiting)
        hold(by, mine);
}

const char* history::way_round_word() const {
    return options_.passes_by_what_is_sent ? "went_round" : "route_unhealthy";
}

// It waits in this process's line for its turn.
void history::hold(int by, work of) {
    auto& one = processes_[static_cast<std::size_t>(by)];
    if (std::find(one.held.begin(), one.held.end(), of.id) != one.held.end()) return;
    one.held.push_back(of.id);
    const auto turn_in = dice_.chance(0.1) ? dice_.between(0ms, 5s) : soon();
    const auto wait = std::max<ms>(of.next_at - now_, 0ms) + turn_in;
    plan(doing::turn, by, new_task(std::move(of)), wait);
}

void history::turn(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    if (now_ >= its.of.last_moment()) {  // its deadline closes it
        std::erase(processes_[static_cast<std::size_t>(by)].held, its.of.id);
        return;
    }
    const bool trouble = dice_.chance(0.08) && its.of.number <= limits::attempts_per_job_max / 2;
    auto tried = its.of.refused;
    tried.push_back(its.of.route);
    if (trouble && choose(channel_of(its.of), tried) != 0) {  // move_on()
        its.result = {};
        its.result.verdict = verdict::not_sent_next;
        its.result.error = way_round_word();
        its.result.passed_by = true;
        note(rare::way_round);
        request_of(its);
        plan_next(by, tasks_[static_cast<std::size_t>(t)], step_after(its.of, its.result, false));
        return plan(doing::record, by, t, soon());
    }
    const auto& way = ways_[static_cast<std::size_t>(its.of.route) - 1];
    its.start.attempt = its.of.id;
    its.start.next_at = now_ + answer_timeout + timing_.hold_grace;
    its.start.deadline = now_ + way.validity + no_news_after_;
    its.of.started_at = now_;
    its.of.gaps = processes_[static_cast<std::size_t>(by)].gaps;
    plan(doing::start, by, t, soon());
}

void history::start(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    const auto epoch = processes_[static_cast<std::size_t>(by)].epoch;
    its.started = mirror::start_sending(db_, now_, epoch, {&its.start, 1}).front();
    if (its.lost) note(rare::start_repeated);
    await_answer(by, t, doing::start, doing::start_known);
}

void history::start_known(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    std::erase(processes_[static_cast<std::size_t>(by)].held, its.of.id);
    if (its.started.why == "expired") note(rare::start_expired);
    if (its.started.why == "pin_expired") note(rare::start_pin_expired);
    if (its.started.why == "superseded") note(rare::start_superseded);
    if (!its.started.why.empty()) return;
    its.of.pin_expires_at = its.started.pin_expires_at.value_or(moment::max());
    plan(doing::first_byte, by, t, soon());
}

// send_step::run() up to the instant before the first byte.
void history::first_byte(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    const auto& one = processes_[static_cast<std::size_t>(by)];
    const auto& way = ways_[static_cast<std::size_t>(its.of.route) - 1];
    std::optional<std::chrono::system_clock::time_point> expiry;
    if (its.of.pin_expires_at != moment::max()) expiry = wall(its.of.pin_expires_at);
    const auto validity = validity_left(
        wall(now_), expiry, std::chrono::duration_cast<std::chrono::seconds>(way.validity)
    );
    const bool late = now_ >= its.of.last_moment();
    const bool other_life = its.of.gaps != one.gaps;
    if (!late && validity.count() > 0 && alive(by) && !other_life) return send_request(by, t);
    its.result = {};
    its.result.verdict = verdict::not_sent_later;
    its.result.own_trouble = true;
    its.result.error = "no_heartbeat";
    if (late || validity.count() <= 0) {
        its.result.verdict = verdict::not_sent_final;
        its.result.too_late = true;
        its.result.error = "expired";
        note(rare::too_late_for_a_byte);
    } else {
        note(alive(by) ? rare::other_life : rare::no_heartbeat);
    }
    answer(by, t);
}

void history::request_of(task& its) {
    const auto& way = ways_[static_cast<std::size_t>(its.of.route) - 1];
    const auto valid_until = std::min(now_ + way.validity, std::max(its.of.pin_expires_at, now_));
    const auto deadline = valid_until + no_news_after_;
    auto& r = its.record;
    r = {};
    r.attempt = its.of.id;
    r.error = its.result.error;
    r.call = its.result.call;
    r.how = its.result.doubt_end;
    switch (its.result.verdict) {
        case verdict::sent:
            r.result = mirror::result::sent;
            r.carrier_id = truth_of(its.of.id).carrier_id;
            r.next_at = r.deadline = deadline;
            break;
        case verdict::in_doubt:
            r.result = mirror::result::in_doubt;
            r.next_at = now_;
            r.deadline = deadline;
            break;
        default:
            r.result = mirror::result::not_sent;
    }
}

worker::next_step history::step_after(const work& of, const worker::outcome& result, bool waived) {
    worker::progress so_far;
    so_far.route = name_of_route(of.route);
    so_far.attempt_number = of.number;
    so_far.send_by = wall(of.last_moment());
    for (const int one : of.refused)
        so_far.refused.push_back(name_of_route(one));
    const auto& plan = orders_[static_cast<std::size_t>(of.order)].plan;
    if (!plan.steps.empty()) {
        worker::plan_progress stands{plan, of.step, of.tries, waived};
        stands.tried.push_back(try_of(of, !waived));
        stands.tried.back().passed_by = result.passed_by;
        return worker::after_in_plan(result, so_far, stands, offers(), timing_, wall(now_));
    }
    std::optional<route_name> other;
    if (result.surely_not_sent() && !result.own_trouble) {
        auto tried = of.refused;
        tried.push_back(of.route);
        if (const int route = choose(plan.channel, tried)) other = name_of_route(route);
    }
    return worker::after(result, so_far, other, timing_, wall(now_));
}

void history::plan_next(int by, task& its, const worker::next_step& step) {
    its.next = {};
    if (step.what == worker::next_step::kind::none) return;
    const bool at_once = step.what == worker::next_step::kind::now;
    const int route = std::stoi(step.route.str());
    const auto& way = ways_[static_cast<std::size_t>(route) - 1];
    mirror::attempt_wish a;
    a.id = ++next_id_;
    a.route = a.carrier = route;
    a.cost = cost_on(route);
    a.start = at_once && dice_.chance(0.7);
    a.keep = !a.start && dice_.chance(0.7);
    if (a.start) {
        a.next_at = now_ + answer_timeout + timing_.hold_grace;
        a.deadline = now_ + way.validity + no_news_after_;
    } else {
        a.next_at = std::max(from_wall(step.at), now_);
        a.deadline = its.of.last_moment();
    }
    its.record.next = a;
    auto& next = its.next;
    next = its.of;
    if (!its.result.passed_by)
        next.tries.push_back(try_of(its.of, its.record.result == mirror::result::not_sent));
    if (its.record.error != "route_paused" && its.record.error != "route_unhealthy")
        next.refused.push_back(its.of.route);
    next.id = a.id;
    next.route = route;
    next.cost = a.cost;
    next.next_at = a.next_at;
    next.deadline = a.deadline;
    next.repeats = 0;
    next.gaps = processes_[static_cast<std::size_t>(by)].gaps;
    note(at_once ? rare::other_route_at_once : rare::same_route_later);
}

void history::answer(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    if (its.how == manner::repeat) {  // attempts::repeat()
        const bool left = !its.result.own_trouble && !its.result.too_late;
        if (its.result.verdict == verdict::sent) {
            its.result.doubt_end = "repeated";
            if (truth_of(its.of.id).accepted) note(rare::duplicate_reference);
        } else {
            its.result.verdict = verdict::in_doubt;
        }
        request_of(its);
        its.record.repeated = left;
        if (its.result.verdict != verdict::sent) {
            its.record.next_at = from_wall(worker::after_repeat(its.of.repeats, wall(now_)));
            its.record.deadline = its.of.deadline;
        }
        if (left) note(rare::repeated);
        return plan(doing::record, by, t, soon());
    }
    request_of(its);
    if (its.result.surely_not_sent()) plan_next(by, its, step_after(its.of, its.result, false));
    plan(doing::record, by, t, soon());
}

void history::record(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    const auto epoch = processes_[static_cast<std::size_t>(by)].epoch;
    const auto before = *db_.attempt(its.record.attempt);
    const bool passed_by = its.record.error == way_round_word();
    if (passed_by && before.state == attempt_state::sending) note(rare::passed_by_too_late);
    its.recorded = mirror::record(db_, now_, epoch, {&its.record, 1}).front();
    if (its.lost) note(rare::record_repeated);
    if (!its.recorded.applied) note(rare::moved_on);
    if (its.record.result == mirror::result::sent && before.owner != epoch)
        note(rare::late_evidence);
    if (its.record.how == "asked_absent" && its.recorded.applied) note(rare::asked_absent);
    if (its.record.how == "asked_found") note(rare::asked_found);
    if (its.how == manner::resend && its.recorded.next_n != 0) note(rare::resent);
    await_answer(by, t, doing::record, doing::record_known);
}

// attempts::follow()
void history::record_known(int by, int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    const bool moved = its.record.error == way_round_word();
    if (moved) std::erase(processes_[static_cast<std::size_t>(by)].held, its.of.id);
    if (!its.record.next || its.recorded.next_n == 0) return;
    auto next = its.next;
    next.number = its.recorded.next_n;
    next.started_at = now_;
    if (its.record.next->start)
        plan(doing::first_byte, by, new_task(next), soon());
    else if (its.record.next->keep)
        hold(by, next);
}

}  // namespace pinwire::simulation
