// The callback: settler, sweep and dispatcher (callback/settler.cpp, sweep.cpp, dispatcher.cpp,
// deliver.cpp).
#include <algorithm>

#include "common/core/retry_schedule.hpp"
#include "tests/simulation/history_world.hpp"

namespace pinwire::simulation {
namespace {

using place = mirror::report_row::place;

constexpr int callback = 2;
constexpr ms lease = 60s;
constexpr ms park_first = 5s;
constexpr ms park_again = 2s;

}  // namespace

// Markers, each second, where nothing is unread: only looked up when somebody asks.
void history::mark_settled() {
    const auto& its = processes_[callback];
    if (!its.up || settling_ || now_ < its.goes_on || now_ < its.database_at) return;
    std::vector<mirror::mark> marks;
    for (std::size_t p = 0; p < dlrs_.size(); ++p) {
        // what is on its way to Kafka has an older intake than a marker may have
        if (read_[p] == dlrs_[p].size())
            marks.push_back({static_cast<int>(p), now_ - dice_.between(0ms, 1500ms)});
    }
    if (!marks.empty()) mirror::settle(db_, now_, its.epoch, {}, marks, park_first, lease);
}

void history::callback_sweep() {
    const auto life = processes_[callback].life;
    const auto goes_on = [&] {
        look();
        maybe_fault(callback);
        const auto& its = processes_[callback];
        return its.life == life && now_ >= its.goes_on && now_ >= its.database_at;
    };
    if (!settling_) settle();
    if (!goes_on()) return;
    settle_parked();
    if (!goes_on()) return;
    if (alive(callback)) close_overdue(callback);
    if (!goes_on()) return;
    take_reports();
    goes_on();
}

// What this report will come to, for the record of rare things only.
void history::note_news(const mirror::dlr_row& r) {
    const auto* a = db_.attempt(r.token);
    if (a == nullptr) return;
    if (a->state == attempt_state::sending)
        note(
            r.status == dlr_status::rejectd ? rare::refusal_unanswered : rare::report_before_answer
        );
    if (a->state == attempt_state::in_doubt) note(rare::report_ends_doubt);
    const bool unsent = a->state == attempt_state::not_sent;
    if (unsent && r.status == dlr_status::rejectd) note(rare::refusal_moot);
    if (db_.job(a->job)->final()) note(rare::report_after_end);
    if (r.status != dlr_status::delivrd || db_.job(a->job)->final()) return;
    for (const auto& b : db_.attempts) {
        if (b.job != a->job || b.id == a->id) continue;
        if (b.state == attempt_state::waiting) note(rare::closed_over_waiting);
        if (b.state == attempt_state::sending) note(rare::closed_over_sending);
        if (r.call == call_status::processed && a->on) note(rare::voice_by_plan);
    }
    if (r.call == call_status::processed && a->on) note(rare::voice_by_plan);
}

// One batch of both partitions; the offsets are stored after its commit.
bool history::settle() {
    std::vector<mirror::dlr_row> rows;
    std::vector<mirror::mark> marks;
    const auto before = read_;
    for (std::size_t p = 0; p < dlrs_.size(); ++p) {
        auto until = moment::min();
        const auto end =
            std::min(dlrs_[p].size(), read_[p] + 1 + static_cast<std::size_t>(dice_.below(4)));
        for (; read_[p] < end; ++read_[p]) {
            rows.push_back(dlrs_[p][read_[p]]);
            until = std::max(until, rows.back().at);
        }
        if (until != moment::min()) marks.push_back({static_cast<int>(p), until});
    }
    if (rows.empty()) return false;
    for (const auto& r : rows)
        note_news(r);
    const auto epoch = processes_[callback].epoch;
    const auto parked = db_.parked.size();
    mirror::settle(db_, now_, epoch, rows, marks, park_first, lease);
    for (auto i = parked; i < db_.parked.size(); ++i) {
        const auto& why = db_.parked[i].why;
        if (why == "no_match") note(rare::parked_without_match);
        if (why == "other_number") note(rare::parked_other_number);
        if (why == "ambiguous") note(rare::parked_ambiguous);
    }
    hand_over();
    if (loses_answer()) {  // the batch runs again
        mirror::settle(db_, now_, epoch, rows, marks, park_first, lease);
        note(rare::settle_repeated);
    }
    settling_ = true;
    for (std::size_t p = 0; p < dlrs_.size(); ++p) {
        if (before[p] < settled_once_[p]) note(rare::report_twice);
        settled_once_[p] = std::max(settled_once_[p], read_[p]);
    }
    plan(doing::settle_known, callback, 0, soon());
    return true;
}

void history::settle_known(int) {
    settling_ = false;
    stored_ = read_;
}

void history::settle_parked() {
    const auto ids = mirror::take_parked(db_, now_, park_again);
    if (ids.empty()) return;
    const auto epoch = processes_[callback].epoch;
    if (mirror::settle_parked(db_, now_, epoch, ids, lease).matched > 0) note(rare::parked_found);
    hand_over();
}

// Reports that were born leased go straight on.
void history::hand_over() {
    const auto epoch = processes_[callback].epoch;
    for (auto i = reports_seen_.size(); i < db_.reports.size(); ++i) {
        if (db_.reports[i].owner != epoch) continue;
        const int t = new_task();
        tasks_.back().report.job = db_.reports[i].job;
        plan(doing::customer_gets, callback, t, soon());
    }
    look();
}

void history::take_reports() {
    const auto& its = processes_[callback];
    const auto owners = db_.reports;
    auto taken = mirror::take_reports(db_, now_, its.epoch, lease);
    const auto again = mirror::take_retries(db_, now_, its.epoch, lease);
    taken.insert(taken.end(), again.begin(), again.end());
    for (const int job : taken) {
        for (const auto& was : owners)
            if (was.job == job && was.owner != 0 && was.owner != its.epoch)
                note(rare::report_taken_over);
        const int t = new_task();
        tasks_.back().report.job = job;
        plan(doing::customer_gets, callback, t, soon());
    }
}

// The customer's own count; what it answers comes back later, or never.
void history::customer_gets(int t) {
    auto& its = tasks_[static_cast<std::size_t>(t)];
    const int job = its.report.job;
    if (posted_.size() <= static_cast<std::size_t>(job))
        posted_.resize(static_cast<std::size_t>(job) + 1);
    auto& known = posted_[static_cast<std::size_t>(job)];
    const auto row = std::find_if(db_.reports.begin(), db_.reports.end(), [job](const auto& r) {
        return r.job == job;
    });
    if (known.times > 0 && !(known.says == row->says)) broke("P6: a repeat says something else");
    if (known.times > 0) note(rare::report_delivered_twice);
    ++known.times;
    known.says = row->says;
    unsigned status = 200;
    if (dice_.chance(malformed_))
        status = 400;
    else if (!calm_ && dice_.chance(grumpy_))
        status = dice_.chance(0.5) ? 503 : 0;
    const auto said = classify_report_answer(status);
    report_tries tries;
    tries.made = static_cast<unsigned>(row->tries) + 1;
    const bool malformed = said == report_answer::malformed;
    tries.malformed = static_cast<unsigned>(row->malformed) + (malformed ? 1 : 0);
    const auto since = row->first_try_at ? now_ - *row->first_try_at : ms(0);
    const auto wait = next_report_delay(said, tries, since, dice_.share());
    auto& r = its.report;
    r.malformed = malformed;
    r.answered = status != 0;
    if (said == report_answer::delivered) {
        r.outcome = mirror::outcome::delivered;
    } else if (wait) {
        r.outcome = mirror::outcome::retry;
        r.due_at = now_ + *wait;
        note(rare::report_retried);
    } else {
        r.outcome = mirror::outcome::dead;
        note(rare::report_given_up);
    }
    plan(doing::customer_answered, callback, t, soon());
}

void history::customer_answered(int t) {
    const auto& its = tasks_[static_cast<std::size_t>(t)];
    const auto epoch = processes_[callback].epoch;
    mirror::finish_report(db_, now_, epoch, its.report);
    if (loses_answer()) mirror::finish_report(db_, now_, epoch, its.report);
}

}  // namespace pinwire::simulation
