#include <algorithm>

#include "tests/simulation/history_world.hpp"

namespace pinwire::simulation {
namespace {

using carriers::verdict;

constexpr int nobody = 3;
constexpr ms answer_timeout = 10s;
// A carrier knows a reference for longer than Pinwire counts on.
constexpr ms window_margin = 60s;

}  // namespace

truth& history::truth_of(int attempt) {
    if (truths_.size() <= static_cast<std::size_t>(attempt))
        truths_.resize(static_cast<std::size_t>(attempt) + 1);
    return truths_[static_cast<std::size_t>(attempt)];
}

// The first byte leaves: what the carrier makes of it comes to it later, whoever lives then.
void history::send_request(int by, int t) {
    const auto of = tasks_[static_cast<std::size_t>(t)].of;
    const auto how = tasks_[static_cast<std::size_t>(t)].how;
    judge_first_byte(of, how);
    auto& known = truth_of(of.id);
    if (!known.first_byte) known.first_byte = now_;
    const auto& way = ways_[static_cast<std::size_t>(of.route) - 1];
    say("process " + std::to_string(by) + " sends attempt " + std::to_string(of.id));
    auto& result = tasks_[static_cast<std::size_t>(t)].result;
    result = {};
    const auto there = dice_.chance(0.1) && !calm_ ? dice_.between(0ms, 9s) : soon();
    const auto back = dice_.chance(0.1) && !calm_ ? dice_.between(0ms, 12s) : soon();
    const double draw = calm_ ? 1 : dice_.share();
    if (draw < way.lost) {  // it never arrives
        result.verdict = verdict::in_doubt;
        return plan(doing::answer, by, t, answer_timeout);
    }
    const bool refused = draw < way.lost + way.refuses;
    const bool later = !refused && draw < way.lost + way.refuses + way.later;
    if (refused || later) {
        result.verdict = later               ? verdict::not_sent_later
                         : dice_.chance(0.2) ? verdict::not_sent_final
                                             : verdict::not_sent_next;
        result.error = later ? "THROTTLED" : "REFUSED";
        if (refused && dice_.chance(0.4)) {  // and a report of that
            const int r = new_task(of);
            auto& dlr = tasks_[static_cast<std::size_t>(r)].dlr;
            dlr.token = of.id;
            dlr.status = dlr_status::rejectd;
            if (way.on == channel::voice) dlr.call = call_status::error;
            dlr.error = "16";
            plan(doing::report_posted, nobody, r, dice_.between(0ms, 8s));
        }
    } else {
        result.verdict = verdict::sent;
        if (way.on == channel::voice) result.call = call_status::pending_accepted;
        plan(doing::carrier_gets, nobody, t, there);
    }
    const bool silent = there + back >= answer_timeout || dice_.chance(calm_ ? 0 : way.silent);
    auto& again = tasks_[static_cast<std::size_t>(t)].result;
    if (silent) {
        again.verdict = verdict::in_doubt;
        again.call.reset();
        again.error = "no_answer";
    }
    plan(doing::answer, by, t, silent ? answer_timeout : there + back + 1ms);
}

void history::carrier_gets(int t) {
    const auto of = tasks_[static_cast<std::size_t>(t)].of;
    const auto& way = ways_[static_cast<std::size_t>(of.route) - 1];
    auto& known = truth_of(of.id);
    if (known.accepted && way.window.count() > 0 &&
        now_ < *known.accepted + way.window + window_margin) {
        note(rare::accepted_twice_in_window);
        return;
    }
    if (!known.accepted) known.accepted = now_;
    ++known.messages;
    if (way.gives_ids && known.carrier_id == 0)
        known.carrier_id = way.ids < 10 ? 1 + dice_.below(way.ids) : 10 + of.id;
    say("a carrier takes attempt " + std::to_string(of.id));
    judge_acceptance(of.id);
    plan_reports(of, known);
}

// What it will tell, and whether somebody reads the PIN.
void history::plan_reports(const work& of, const truth& known) {
    const auto& way = ways_[static_cast<std::size_t>(of.route) - 1];
    const int number = db_.job(of.job)->number;
    const int reports = dice_.below(4);
    for (int i = 0; i < reports; ++i) {
        const int r = new_task(of);
        auto& dlr = tasks_[static_cast<std::size_t>(r)].dlr;
        if (way.reports_by_id) {
            dlr.carrier_id = known.carrier_id;
            dlr.alone = false;
            if (dice_.chance(0.6)) dlr.number = dice_.chance(0.1) ? 3 - number : number;
        } else {
            dlr.token = of.id;
            if (dice_.chance(0.3)) dlr.reference = of.id;
            if (dice_.chance(0.3)) dlr.carrier_id = known.carrier_id;
        }
        if (way.on == channel::voice) {
            dlr.call = static_cast<call_status>(1 + dice_.below(12));
            dlr.status = delivery_of(*dlr.call);
        } else {
            const int words[] = {1, 2, 2, 3, 4, 6, 7, 8, 8, 8};
            dlr.status = static_cast<dlr_status>(words[dice_.below(10)]);
        }
        if (dice_.chance(0.3)) dlr.error = std::to_string(1 + dice_.below(9));
        const bool late = dice_.chance(0.1);
        plan(doing::report_posted, nobody, r, dice_.between(0ms, late ? 600s : 40s));
    }
    if (dice_.chance(0.2)) plan(doing::verify, nobody, new_task(of), dice_.between(1s, 40s));
}

// To the listener: 2xx only once Kafka has it; else the carrier posts it again.
void history::report_posted(int t) {
    const auto& listener = processes_[2];
    if (!listener.up || now_ < listener.goes_on)
        return plan(doing::report_posted, nobody, t, dice_.between(1s, 20s));
    auto& dlr = tasks_[static_cast<std::size_t>(t)].dlr;
    dlr.carrier = tasks_[static_cast<std::size_t>(t)].of.route;
    dlr.at = now_;
    plan(doing::report_appended, nobody, t, dice_.chance(0.05) ? dice_.between(0ms, 5s) : soon());
    if (!calm_ && dice_.chance(0.1)) {  // its acknowledgement is lost: told twice
        const int again = new_task();
        tasks_[static_cast<std::size_t>(again)] = tasks_[static_cast<std::size_t>(t)];
        plan(doing::report_posted, nobody, again, dice_.between(1s, 20s));
    }
}

void history::report_appended(int t) {
    const auto& dlr = tasks_[static_cast<std::size_t>(t)].dlr;
    const int key = dlr.token != 0 ? dlr.token : dlr.carrier_id;
    dlrs_[static_cast<std::size_t>(key) % dlrs_.size()].push_back(dlr);
    say("report of attempt " + std::to_string(tasks_[static_cast<std::size_t>(t)].of.id) + ": " +
        std::string(to_string(*dlr.status)));
    auto& settler = processes_[2];
    settler.sweep_at = std::min(settler.sweep_at, now_ + dice_.between(0ms, 250ms));
}

// Somebody typed the PIN, rightly or not, or its order was cancelled.
void history::verify(int t) {
    const auto* j = db_.job(tasks_[static_cast<std::size_t>(t)].of.job);
    auto* p = db_.pin(j->pin);
    if (p == nullptr || p->verified_at || (p->expires_at && *p->expires_at <= now_)) return;
    if (dice_.chance(0.1)) {
        p->cancelled_at = now_;
        p->sealed = false;
        return;
    }
    if (p->max_tries > 0) --p->tries_left;
    if (dice_.chance(0.8)) p->verified_at = now_;
}

}  // namespace pinwire::simulation
