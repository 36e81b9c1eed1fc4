// The plans of jobs with steps (sql/016_plans.sql): what is due, and the next step's attempt.
// Each function is one transaction. Blocking; run it on an executor's thread. A rerun after a lost
// answer does nothing twice.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/plan.hpp"
#include "common/postgres/sends.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

// What a worker needs besides a work_item for an attempt of a job with a plan.
struct plan_fact {
    attempt_id attempt;
    int step = 1;
    std::int64_t cost = 0;        // of this attempt
    std::vector<plan_try> tries;  // the job's attempts before it
};

// In no order; attempts of jobs without a plan have none.
std::vector<plan_fact> plan_facts(session&, std::span<const attempt_id>);

// A job whose present step is over.
struct due_step {
    attempt_id attempt;  // the newest
    message_id job;
    int n = 0;     // its number
    int step = 1;  // its step
    // The lease's token. None: the plan is over (the PIN no longer counts), nothing is to be done.
    std::optional<time_point> step_at;
    std::string spec;
    std::string mccmnc;  // as the lookup told; empty: not known
    pinwire::pin_id pin;
    std::optional<time_point> pin_expires_at;
    time_point send_by;
    std::vector<plan_try> tries;  // all attempts of the job
};

struct due_steps_query {
    int limit = 0;
    milliseconds skew{0};   // how much later than its time news counts as settled
    milliseconds lease{0};  // so long nobody else takes them
};
std::vector<due_step> take_steps(session&, const epoch_id&, const due_steps_query&);

// The next step's attempt; it waits, and start_sending() judges it like every other one.
struct begun_step {
    next_attempt attempt;  // `start` means nothing here
    int step = 1;
    pinwire::channel channel = pinwire::channel::sms;
    std::optional<std::chrono::seconds> after;  // none: the last step
};

struct step_request {
    attempt_id attempt;  // the two as take_steps gave them
    time_point step_at;
    std::optional<begun_step> next;  // none: the plan is over
};

struct step_answer {
    attempt_id attempt;
    std::optional<int> next_n;  // none: it was not begun; somebody else decided meanwhile
};

// One answer for each request, in no order.
std::vector<step_answer> begin_steps(session&, const epoch_id&, std::span<const step_request>);

}  // namespace pinwire::postgres
