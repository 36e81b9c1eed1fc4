#include <algorithm>
#include <stdexcept>

#include "common/core/job_codec.hpp"
#include "common/runtime/deadline.hpp"
#include "tests/component/worker/fakes.hpp"

namespace pinwire::worker::test {

awaitable<int> stage::enter(std::string what) {
    const int call = ++calls_;
    co_await sleep_for(std::chrono::seconds(0));
    diary.push_back(what);
    if (entered) entered(what);
    if (call == break_at && !after_effect) throw std::runtime_error("broken before");
    co_return call;
}

void stage::leave(int call) const {
    if (call == break_at && after_effect) throw std::runtime_error("broken after");
}

int stage::count(const std::string& what) const {
    return static_cast<int>(std::count(diary.begin(), diary.end(), what));
}

std::size_t stage::first(const std::string& what) const {
    const auto found = std::find(diary.begin(), diary.end(), what);
    return static_cast<std::size_t>(found - diary.begin());
}

job_row* tables::job(const std::string& job_id) {
    const auto found = jobs.find({"acme", job_id});
    return found == jobs.end() ? nullptr : &found->second;
}

job_row& tables::job_of(const attempt_row& row) {
    for (auto& [key, job] : jobs) {
        if (job.id == row.job) return job;
    }
    throw std::logic_error("an attempt without its job");
}

attempt_row* tables::only_attempt() {
    if (attempts.size() != 1) throw std::logic_error("not one attempt");
    return &attempts.begin()->second;
}

postgres::work_item tables::item(const attempt_id& id) {
    const auto& row = attempts.at(id);
    const auto& job = job_of(row);
    postgres::work_item made;
    made.attempt = id;
    made.job = job.id;
    made.n = row.number;
    made.route = row.route;
    made.carrier = row.carrier;
    made.state = row.state;
    made.spec = job.spec;
    made.account = job.account;
    if (job.pin) made.pin = *job.pin;
    made.sealed = pins[{job.account.str(), made.pin.str()}];
    made.pin_expires_at = pin_expires_at;
    made.send_by = job.send_by;
    made.repeats = row.repeats;
    made.started_at = std::chrono::system_clock::now();
    made.next_at = row.next_at;
    made.deadline = job.send_by + std::chrono::hours(1);
    return made;
}

awaitable<std::optional<postgres::known_job>> fake_store::known(account_name account, job_id job) {
    const auto call = co_await stage_.enter("known");
    const auto found = tables_->jobs.find({account.str(), job.str()});
    stage_.leave(call);
    if (found == tables_->jobs.end()) co_return std::nullopt;
    postgres::known_job made;
    made.id = found->second.id;
    made.content_hash = found->second.content_hash;
    co_return made;
}

awaitable<job_store::claim_outcome> fake_store::claim(postgres::claim_request asked) {
    const auto call = co_await stage_.enter("claim");
    auto outcome = claim_now(asked);
    claims.push_back(std::move(asked));
    stage_.leave(call);
    co_return outcome;
}

job_store::claim_outcome fake_store::claim_now(const postgres::claim_request& asked) {
    claim_outcome outcome;
    if (bad_rows.contains(asked.job.str())) {
        outcome.refused.sqlstate = "22021";
        return outcome;
    }
    job_row fresh;
    fresh.id = asked.id;
    fresh.claim = asked.claim;
    fresh.content_hash = asked.content_hash;
    fresh.final = !asked.reason.empty();
    fresh.reason = asked.reason;
    fresh.account = asked.account;
    fresh.spec = asked.spec;
    fresh.send_by = asked.send_by;
    if (asked.pin) fresh.pin = asked.pin->id;
    if (others_took_the_claim) fresh.claim = claim_id();
    const auto [at, ours] =
        tables_->jobs.try_emplace({asked.account.str(), asked.job.str()}, fresh);
    auto& row = at->second;
    if (ours && asked.pin) {
        tables_->pins.try_emplace({asked.account.str(), asked.pin->id.str()}, asked.pin->sealed);
    }
    if (ours && asked.attempt && !row.final) {
        attempt_row attempt;
        attempt.job = row.id;
        attempt.route = asked.attempt->route;
        attempt.carrier = asked.attempt->carrier;
        attempt.state = asked.attempt->start ? attempt_state::sending : attempt_state::waiting;
        if (asked.attempt->start || asked.attempt->keep) attempt.owner = epoch_;
        attempt.next_at = asked.attempt->next_at;
        attempt.cost = asked.attempt->cost;
        if (asked.plan) attempt.step = asked.plan->step;
        tables_->attempts.emplace(asked.attempt->id, attempt);
        row.attempts.push_back(asked.attempt->id);
    }
    postgres::claim_answer answer;
    answer.asked = asked.claim;
    answer.id = row.id;
    answer.claim = row.claim;
    answer.content_hash = row.content_hash;
    answer.final = row.final;
    answer.reason = row.reason;
    if (!row.attempts.empty()) {
        const auto& attempt = tables_->attempts.at(row.attempts.front());
        answer.state = attempt.state;
        answer.owner = attempt.owner;
    }
    if (row.pin) answer.sealed = tables_->pins.at({row.account.str(), row.pin->str()});
    answer.pin_expires_at = tables_->pin_expires_at;
    outcome.answer = answer;
    return outcome;
}

awaitable<void> fake_store::announce_again(message_id, std::string waiter) {
    const auto call = co_await stage_.enter("announce again");
    told_again.push_back(std::move(waiter));
    stage_.leave(call);
}

awaitable<postgres::start_answer> fake_store::start(postgres::start_request asked) {
    const auto call = co_await stage_.enter("start");
    auto answer = start_now(asked);
    stage_.leave(call);
    co_return answer;
}

postgres::start_answer fake_store::start_now(const postgres::start_request& asked) {
    postgres::start_answer answer;
    answer.attempt = asked.attempt;
    const auto found = tables_->attempts.find(asked.attempt);
    if (found == tables_->attempts.end() || found->second.owner != epoch_ ||
        found->second.state != attempt_state::waiting) {
        answer.why = "not_ours";
        return answer;
    }
    if (!start_refusal.empty()) {
        found->second.state = attempt_state::superseded;
        answer.why = start_refusal;
        return answer;
    }
    found->second.state = attempt_state::sending;
    const auto item = tables_->item(asked.attempt);
    answer.sealed = item.sealed;
    answer.pin_expires_at = item.pin_expires_at;
    return answer;
}

awaitable<postgres::record_answer> fake_store::record(postgres::record_request asked) {
    const auto call = co_await stage_.enter("record");
    auto answer = record_now(asked);
    records.push_back(std::move(asked));
    stage_.leave(call);
    co_return answer;
}

postgres::record_answer fake_store::record_now(const postgres::record_request& asked) {
    using result = postgres::record_result;
    postgres::record_answer answer;
    answer.attempt = asked.attempt;
    const auto found = tables_->attempts.find(asked.attempt);
    if (found == tables_->attempts.end()) return answer;
    auto& row = found->second;
    if (asked.repeated) ++row.repeats;
    row.error = asked.error;
    if (asked.result == result::sent) {
        row.state = attempt_state::sent;
        row.carrier_message_id = asked.carrier_message_id;
        answer.applied = true;
        return answer;
    }
    if (row.owner != epoch_ || row.state == attempt_state::sent) return answer;
    const bool passed_by = asked.error == "route_paused" || asked.error == "route_unhealthy";
    if (passed_by && row.state != attempt_state::waiting) return answer;
    answer.applied = true;
    if (asked.result == result::in_doubt) {
        row.state = attempt_state::in_doubt;
        row.next_at = asked.next_at.value_or(row.next_at);
        return answer;
    }
    if (asked.next) {
        row.state = attempt_state::not_sent;
        auto before = row;
        add_next(before, *asked.next, answer);
    } else if (asked.result == result::not_sent) {
        row.state = attempt_state::not_sent;
        auto& job = tables_->job_of(row);
        if (row.step > 0 && !is_last_step(from_spec(job.spec), row.step)) return answer;
        job.final = true;
        job.reason = asked.error;
    }
    return answer;
}

void fake_store::add_next(
    attempt_row& before, const postgres::next_attempt& asked, postgres::record_answer& answer
) {
    attempt_row next;
    next.job = before.job;
    next.number = before.number + 1;
    next.route = asked.route;
    next.carrier = asked.carrier;
    next.state = asked.start ? attempt_state::sending : attempt_state::waiting;
    if (asked.start || asked.keep) next.owner = epoch_;
    next.next_at = asked.next_at;
    next.step = before.step;
    next.cost = asked.cost;
    tables_->attempts.emplace(asked.id, next);
    tables_->job_of(before).attempts.push_back(asked.id);
    answer.next_n = next.number;
}

awaitable<void> fake_store::give_up(std::vector<attempt_id>) {
    const auto call = co_await stage_.enter("give up");
    stage_.leave(call);
}

awaitable<std::vector<postgres::work_item>> fake_store::take_waiting(
    route_name, wall_time, int, std::vector<attempt_id>, bool
) {
    co_return std::vector<postgres::work_item>();
}

awaitable<std::vector<postgres::work_item>> fake_store::take_homeless(
    std::vector<route_name>, int
) {
    co_return std::vector<postgres::work_item>();
}

awaitable<int> fake_store::take_over_sending(int, std::chrono::milliseconds) {
    co_return 0;
}

awaitable<std::vector<postgres::work_item>> fake_store::take_in_doubt(
    int, std::chrono::milliseconds
) {
    co_return std::vector<postgres::work_item>();
}

awaitable<void> fake_store::postpone(attempt_id id, wall_time next_at) {
    const auto call = co_await stage_.enter("postpone");
    tables_->attempts.at(id).next_at = next_at;
    stage_.leave(call);
}

awaitable<bool> fake_store::is_of_another(
    carrier_name carrier, std::string id, attempt_id attempt
) {
    const auto others = [&](const auto& one) {
        return one.first != attempt && one.second.carrier == carrier &&
               one.second.carrier_message_id == id;
    };
    co_return std::any_of(tables_->attempts.begin(), tables_->attempts.end(), others);
}

awaitable<std::optional<wall_time>> fake_store::settled_until() {
    co_return std::nullopt;
}

awaitable<int> fake_store::close_overdue(int) {
    co_return 0;
}

awaitable<void> fake_store::note_routes(std::vector<postgres::route_state> states) {
    noted.push_back(std::move(states));
    co_return;
}

awaitable<std::vector<postgres::delivery_answer>> fake_store::route_deliveries(
    std::vector<postgres::delivery_question> questions, wall_time
) {
    asked_of_deliveries.push_back(std::move(questions));
    co_return deliveries;
}

awaitable<std::vector<postgres::plan_fact>> fake_store::plan_facts(std::vector<attempt_id>) {
    co_return std::vector<postgres::plan_fact>();
}

awaitable<std::vector<postgres::due_step>> fake_store::take_steps(int) {
    co_return std::vector<postgres::due_step>();
}

postgres::due_step fake_store::step_over(const std::string& job_id) {
    const auto& job = *tables_->job(job_id);
    const auto& newest = tables_->attempts.at(job.attempts.back());
    postgres::due_step made;
    made.attempt = job.attempts.back();
    made.job = job.id;
    made.n = newest.number;
    made.step = newest.step;
    made.step_at = std::chrono::system_clock::now();
    made.spec = job.spec;
    made.pin = *job.pin;
    made.pin_expires_at = tables_->pin_expires_at;
    made.send_by = job.send_by;
    for (const auto& id : job.attempts) {
        const auto& row = tables_->attempts.at(id);
        plan_try one;
        one.step = row.step;
        one.route = row.route;
        one.refused = row.state == attempt_state::not_sent;
        one.cost = one.refused ? 0 : row.cost;
        made.tries.push_back(std::move(one));
    }
    return made;
}

awaitable<std::vector<postgres::step_answer>> fake_store::begin_steps(
    std::vector<postgres::step_request> asked
) {
    const auto call = co_await stage_.enter("begin steps");
    std::vector<postgres::step_answer> answers;
    for (const auto& one : asked) {
        postgres::step_answer answer;
        answer.attempt = one.attempt;
        auto before = tables_->attempts.at(one.attempt);
        if (one.next && !tables_->job_of(before).final) {
            postgres::record_answer made;
            before.step = one.next->step;
            add_next(before, one.next->attempt, made);
            answer.next_n = made.next_n;
        }
        answers.push_back(answer);
        steps.push_back(one);
    }
    stage_.leave(call);
    co_return answers;
}

}  // namespace pinwire::worker::test
