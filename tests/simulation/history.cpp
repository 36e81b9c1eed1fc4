#include "tests/simulation/history.hpp"

#include <algorithm>

#include "tests/simulation/history_world.hpp"

namespace pinwire::simulation {

const char* name_of(rare which) {
    static constexpr const char* names[] = {
        "waiting_taken_over",
        "waiting_brought_again",
        "sending_taken_over",
        "no_heartbeat",
        "too_late_for_a_byte",
        "other_life",
        "repeated",
        "duplicate_reference",
        "asked_found",
        "asked_absent",
        "asked_unknown",
        "resent",
        "opened_by_evidence",
        "set_aside",
        "held_to_the_end",
        "report_ends_doubt",
        "report_before_answer",
        "report_after_end",
        "report_twice",
        "refusal_unanswered",
        "refusal_moot",
        "parked_without_match",
        "parked_found",
        "parked_other_number",
        "parked_ambiguous",
        "closed_over_waiting",
        "closed_over_sending",
        "moved_on",
        "late_evidence",
        "claim_repeated",
        "start_repeated",
        "record_repeated",
        "step_repeated",
        "settle_repeated",
        "two_owners",
        "known_before_claim",
        "id_reused",
        "refused_by_lookup",
        "withheld_by_lookup",
        "resend_refused",
        "resend_sent",
        "start_expired",
        "start_pin_expired",
        "start_superseded",
        "other_route_at_once",
        "same_route_later",
        "way_round",
        "passed_by_too_late",
        "given_up_waiting",
        "step_by_silence",
        "step_by_failure",
        "step_withdrawn",
        "step_lease_lost",
        "plan_stopped",
        "plan_used_up",
        "voice_by_plan",
        "closed_waiting",
        "closed_without_news",
        "report_retried",
        "report_given_up",
        "report_taken_over",
        "report_delivered_twice",
        "accepted_twice_in_window",
        "two_by_plan"};
    static_assert(std::size(names) == static_cast<std::size_t>(rare::count_of_rare));
    return names[static_cast<std::size_t>(which)];
}

namespace {

constexpr int callback = 2;
constexpr int nobody = 3;
constexpr ms answer_timeout = 10s;

bool needs_database(doing what) {
    switch (what) {
        case doing::message:
        case doing::claim:
        case doing::start:
        case doing::record:
        case doing::rung:
        case doing::steps:
        case doing::customer_answered:
            return true;
        default:
            return false;
    }
}

}  // namespace

history::history(const history_options& options, rarities& seen)
    : options_(options), seen_(seen), dice_(options.seed) {
    plans_.reserve(64);
    draw_world();
}

void history::draw_world() {
    const double rate[] = {0, 0.01, 0.03, 0.1};
    crashes_ = rate[dice_.below(4)];
    standstills_ = rate[dice_.below(4)] / 2;
    lost_answers_ = rate[dice_.below(4)];
    grumpy_ = dice_.chance(0.4) ? 0.5 : 0;
    malformed_ = dice_.chance(0.2) ? 0.6 : 0;
    for (int i = 1; i <= 3; ++i) {
        way made;
        made.number = i;
        made.on = i == 3 ? channel::voice : channel::sms;
        if (dice_.chance(0.5)) made.window = 30s;
        made.can_ask = dice_.chance(0.5);
        if (made.can_ask && dice_.chance(0.6)) made.absent_after = 90s;
        if (dice_.chance(0.4)) made.policy = in_doubt_policy::resend;
        made.gives_ids = dice_.chance(0.7);
        made.reports_by_id = made.gives_ids && dice_.chance(0.4);
        if (dice_.chance(0.2)) made.ids = 2;
        made.validity = dice_.chance(0.5) ? ms(60s) : ms(300s);
        made.price = 10 * i;
        made.refuses = rate[dice_.below(4)] * 4;
        made.later = rate[dice_.below(4)] * 3;
        made.silent = rate[dice_.below(4)] * 4;
        made.lost = rate[dice_.below(4)] * 3;
        ways_.push_back(made);
    }
    db_.settled.resize(dlrs_.size());
    for (int i = 0; i < 3; ++i) {
        auto& one = processes_[static_cast<std::size_t>(i)];
        one.epoch = ++next_epoch_;
        one.beat = one.steady_since = one.sweep_at = now_;
        mirror::beat(db_, now_, one.epoch, i);
    }
    const int jobs = 1 + dice_.below(3);
    for (int i = 0; i < jobs; ++i)
        draw_order(i);
}

void history::draw_order(int i) {
    order made;
    made.key = i + 1;
    made.hash = 1;
    made.number = 1 + dice_.below(2);
    made.by_number = dice_.chance(0.3);
    made.wants_report = dice_.chance(0.9);
    made.report_refusal = dice_.chance(0.5);
    const ms lives[] = {10s, 45s, 120s, 600s};
    made.requested_at = now_;
    const auto begins = dice_.between(0ms, 60s);
    made.send_by = now_ + begins + lives[dice_.below(4)];
    if (dice_.chance(0.8)) made.pin_expires_in = begins + lives[dice_.below(4)];
    if (dice_.chance(0.25)) made.plan.channel = channel::voice;
    if (i > 0 && dice_.chance(0.3)) made.pin = 1;  // the first order's, which it may not know
    if (dice_.chance(0.4)) {
        const int steps = 2 + dice_.below(2);
        for (int n = 0; n < steps; ++n) {
            plan_step one;
            one.channel = dice_.chance(0.5) ? channel::sms : channel::voice;
            one.after = std::chrono::seconds(n + 1 < steps ? 5 + dice_.below(20) : 0);
            made.plan.steps.push_back(one);
        }
        made.plan.channel = made.plan.steps.front().channel;
        if (dice_.chance(0.3)) made.plan.limits.cost = 30 + 10 * dice_.below(4);
        if (dice_.chance(0.2)) made.plan.limits.attempts = 1 + dice_.below(3);
    }
    orders_.push_back(made);
    const int copies = dice_.chance(0.2) ? 2 : 1;  // a producer's retry, or a replayed dead letter
    for (int n = 0; n < copies; ++n) {
        messages_.push_back({static_cast<int>(orders_.size()) - 1, false, 0});
        const int t = new_task();
        tasks_[static_cast<std::size_t>(t)].message = static_cast<int>(messages_.size()) - 1;
        plan(doing::message, dice_.below(2), t, begins + (n > 0 ? dice_.between(0ms, 60s) : 0ms));
    }
    if (!dice_.chance(0.03)) return;
    auto other = made;  // the same id with other content
    other.hash = 2;
    orders_.push_back(other);
    messages_.push_back({static_cast<int>(orders_.size()) - 1, false, 0});
    const int t = new_task();
    tasks_[static_cast<std::size_t>(t)].message = static_cast<int>(messages_.size()) - 1;
    plan(doing::message, dice_.below(2), t, begins + dice_.between(0ms, 20s));
}

int history::new_task(work of) {
    task made;
    made.of = std::move(of);
    tasks_.push_back(std::move(made));
    return static_cast<int>(tasks_.size()) - 1;
}

void history::plan(doing what, int process, int task, ms in) {
    event made;
    made.at = now_ + in;
    made.made = ++made_;
    made.what = what;
    made.process = process;
    made.life = process < nobody ? processes_[static_cast<std::size_t>(process)].life : 0;
    made.task = task;
    plans_.push_back(made);
}

void history::say(const std::string& text) {
    if (!options_.trace) return;
    const auto since = std::to_string((now_ - began_).count());
    trace_.push_back(since + " ms: " + text);
}

void history::broke(const std::string& what) {
    if (breach_.empty()) breach_ = what;
}

// --- heartbeats: each second, so only looked up when somebody asks

void history::beat(int which) {
    auto& one = processes_[static_cast<std::size_t>(which)];
    if (!one.up || now_ < one.goes_on || now_ < one.database_at) return;
    if (one.beats_at) {
        if (now_ < *one.beats_at) return;
        one.beats_at.reset();
        if (now_ - one.beat > timing_.stale_after) {
            one.steady_since = now_;
        }
        const auto takeover_after = timing_.takeover_after + answer_timeout;
        if (now_ - one.beat > takeover_after - timing_.stale_after) ++one.gaps;
        one.beat = now_;
    } else {
        one.beat = std::max(one.beat, now_ - dice_.between(0ms, 1000ms));
    }
    mirror::beat(db_, one.beat, one.epoch, which);
}

void history::beats() {
    for (int i = 0; i < 3; ++i)
        beat(i);
}

// --- faults

void history::maybe_fault(int which) {
    if (which >= nobody || !troubled() || faults_left_ == 0) return;
    auto& one = processes_[static_cast<std::size_t>(which)];
    if (!one.up) return;
    if (dice_.chance(crashes_)) {
        --faults_left_;
        crash(which);
    } else if (dice_.chance(standstills_)) {
        --faults_left_;
        stand_still(which);
    }
}

void history::crash(int which) {
    auto& one = processes_[static_cast<std::size_t>(which)];
    if (which != callback && dice_.chance(0.2)) {  // SIGTERM: said, and what waits is given up
        if (mirror::give_up_waiting(db_, one.epoch, one.held) > 0) note(rare::given_up_waiting);
        mirror::farewell(db_, one.epoch);
    }
    say("process " + std::to_string(which) + " dies");
    one.up = false;
    ++one.life;
    one.held.clear();
    for (std::size_t m = 0; m < messages_.size() && which != callback; ++m) {
        if (messages_[m].done) continue;  // its offset was not stored: somebody has it again
        const int t = new_task();
        tasks_.back().message = static_cast<int>(m);
        plan(doing::message, dice_.below(2), t, dice_.between(0ms, 15s));
    }
    if (which == callback) {
        read_ = stored_;
        settling_ = false;
    }
    plan(
        which == callback ? doing::callback_up : doing::worker_up,
        which,
        0,
        dice_.between(100ms, 40s)
    );
}

void history::revive(int which) {
    auto& one = processes_[static_cast<std::size_t>(which)];
    one.epoch = ++next_epoch_;
    one.up = true;
    one.goes_on = one.database_at = moment::min();
    one.beats_at.reset();
    one.gaps = 0;
    one.beat = one.steady_since = one.sweep_at = now_;
    one.pause = 1000ms;
    mirror::beat(db_, now_, one.epoch, which);
    if (dice_.chance(0.6)) mirror::declare_dead(db_, one.epoch, which);
    say("process " + std::to_string(which) + " is up again");
}

// SIGSTOP, or the database out of reach: its other work goes on then.
void history::stand_still(int which) {
    auto& one = processes_[static_cast<std::size_t>(which)];
    const auto until = now_ + (dice_.chance(0.3) ? dice_.between(1s, 6s) : dice_.between(6s, 120s));
    const bool database_only = dice_.chance(0.4);
    (database_only ? one.database_at : one.goes_on) = until;
    one.beats_at = until + dice_.between(0ms, 300ms);
    say("process " + std::to_string(which) + (database_only ? " loses the database" : " stops"));
}

// --- what comes next

moment history::next_due() const {
    auto first = moment::max();
    for (const auto& d : db_.due) {
        first = std::min({first, d.at, d.close_at + 500ms});
        if (d.step_at) first = std::min(first, *d.step_at);
    }
    return first;
}

moment history::next_sweep(int which) const {
    const auto& one = processes_[static_cast<std::size_t>(which)];
    if (!one.up) return moment::max();
    auto wanted = next_due();
    if (which == callback) {
        for (std::size_t p = 0; p < dlrs_.size(); ++p)
            if (!settling_ && read_[p] < dlrs_[p].size()) wanted = now_;
        for (const auto& r : db_.parked)
            if (!all_quiet()) wanted = std::min(wanted, r.next_at);
        for (const auto& r : db_.reports) {
            auto at = r.lease_until ? *r.lease_until + 1ms : now_;
            if (r.where == mirror::report_row::place::retry) at = std::max(at, *r.due_at);
            if (r.where <= mirror::report_row::place::retry) wanted = std::min(wanted, at);
        }
    }
    if (wanted == moment::max()) return wanted;
    return std::max({now_, wanted, one.sweep_at, one.goes_on, one.database_at});
}

bool history::step() {
    auto first = plans_.end();
    for (auto it = plans_.begin(); it != plans_.end(); ++it)
        if (first == plans_.end() ||
            std::pair(it->at, it->made) < std::pair(first->at, first->made))
            first = it;
    int sweeper = -1;
    auto at = first == plans_.end() ? moment::max() : first->at;
    for (int i = 0; i < 3; ++i) {
        const auto sweeps = next_sweep(i);
        if (sweeps >= at) continue;
        at = sweeps;
        sweeper = i;
    }
    if (at == moment::max()) return false;
    now_ = std::max(now_, at);
    ++events_;
    if (!troubled()) calm_ = true;
    beats();
    if (sweeper >= 0) {
        sweep_of(sweeper);
        return true;
    }
    const auto next = *first;
    *first = plans_.back();
    plans_.pop_back();
    do_event(next);
    return true;
}

void history::sweep_of(int which) {
    auto& one = processes_[static_cast<std::size_t>(which)];
    const auto before = made_;
    const auto life = one.life;
    if (which == callback)
        callback_sweep();
    else
        sweep(which);
    if (one.life != life) return;
    one.pause = made_ != before ? ms(1000) : std::min<ms>(one.pause * 2, 16s);
    one.sweep_at = now_ + one.pause + soon();
}

void history::do_event(const event& next) {
    if (next.process < nobody) {
        auto& one = processes_[static_cast<std::size_t>(next.process)];
        const bool revival = next.what == doing::worker_up || next.what == doing::callback_up;
        if (!revival && next.what != doing::message && one.life != next.life) return;
        const auto free =
            needs_database(next.what) ? std::max(one.goes_on, one.database_at) : one.goes_on;
        const bool away = !one.up && !revival;
        if (away || now_ < free) {  // a message is somebody else's then, or waits
            auto again = next;
            const int process = away ? 1 - next.process : next.process;
            plans_.push_back(again);
            auto& later = plans_.back();
            later.process = process;
            later.made = ++made_;
            later.at =
                std::max(free, now_) + dice_.between(away ? 500ms : 0ms, away ? 2000ms : 300ms);
            return;
        }
        maybe_fault(next.process);
        if (!revival && (one.life != next.life && next.what != doing::message)) return;
        if (!one.up && !revival) return;
        if (now_ < one.goes_on) {
            plans_.push_back(next);
            plans_.back().at = one.goes_on + dice_.between(0ms, 300ms);
            return;
        }
    }
    dispatch(next);
    look();
    maybe_fault(next.process);
}

void history::dispatch(const event& next) {
    const int by = next.process;
    const int t = next.task;
    switch (next.what) {
        case doing::message:
            return take_message(by, t);
        case doing::claim:
            return claim(by, t);
        case doing::claim_known:
            return claim_known(by, t);
        case doing::turn:
            return turn(by, t);
        case doing::start:
            return start(by, t);
        case doing::start_known:
            return start_known(by, t);
        case doing::first_byte:
            return first_byte(by, t);
        case doing::answer:
            return answer(by, t);
        case doing::record:
            return record(by, t);
        case doing::record_known:
            return record_known(by, t);
        case doing::rung:
            return rung(by, t);
        case doing::asked:
            return asked(by, t);
        case doing::steps:
            return steps(by, t);
        case doing::step_known:
            return step_known(by, t);
        case doing::worker_up:
            return revive(by);
        case doing::callback_up:
            return revive(by);
        case doing::carrier_gets:
            return carrier_gets(t);
        case doing::report_posted:
            return report_posted(t);
        case doing::report_appended:
            return report_appended(t);
        case doing::settle_known:
            return settle_known(t);
        case doing::customer_gets:
            return customer_gets(t);
        case doing::customer_answered:
            return customer_answered(t);
        case doing::verify:
            return verify(t);
    }
}

history_end history::run() {
    constexpr int events_most = 20'000;
    const auto troubles_end = 40 + dice_.below(300);
    while (breach_.empty() && step()) {
        if (!calm_ && events_ >= troubles_end) calm_ = true;
        if (all_quiet()) break;
        if (events_ >= events_most) broke("P11: nothing comes to an end");
    }
    if (breach_.empty()) judge_end();
    history_end made;
    made.breach = breach_;
    made.events = events_;
    made.troubled = std::min(troubles_end, events_);
    made.trace = std::move(trace_);
    return made;
}

history_end run_history(const history_options& options, rarities& seen) {
    return history(options, seen).run();
}

}  // namespace pinwire::simulation
