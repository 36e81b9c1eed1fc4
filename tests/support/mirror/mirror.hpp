// The functions of sql/ that move a job's life, once more, as small functions on plain values: for
// histories by the million (tests/simulation), and held against PostgreSQL itself, call by call
// (tests/integration/mirror). Each is one transaction, as it is there; `now` is what
// clock_timestamp() would say all through it. A function that is changed in sql/ is changed here.
#pragma once

#include <span>
#include <vector>

#include "tests/support/mirror/rows.hpp"

namespace pinwire::mirror {

// --- what every change shares (fold.cpp): 016, 018, 022, 026

// follow_plans, fold_and_close, what is left open, reschedule, insert_final_reports. An owner of 0:
// the reports are nobody's.
void settle_up(tables&, moment now, const std::vector<int>& jobs, int report_owner, mirror::span);
void follow_plans(tables&, moment now, const std::vector<int>& jobs);
void reschedule(tables&, moment now, const std::vector<int>& jobs);
void insert_final_report(tables&, moment now, const job_row&, int owner, mirror::span lease);

// --- the claim (claim.cpp): 003, 009, 014, 016

struct pin_wish {
    int id = 0;
    int max_tries = 3;
    bool by_number = false;
    bool single_use = false;
    std::optional<mirror::span> expires_in;  // none: never
};

struct attempt_wish {
    int id = 0;
    int route = 0;
    int carrier = 0;
    bool start = false;
    bool keep = false;
    moment next_at;
    moment deadline;
    std::int64_t cost = 0;
};

struct plan_wish {
    int step = 1;
    channel on = channel::sms;
    std::optional<mirror::span> after;  // none: the last step
};

struct claim_row {
    int id = 0;
    int key = 0;
    int claim = 0;
    int hash = 0;
    channel on = channel::sms;
    int number = 0;
    bool wants_report = true;
    bool report_refusal = true;
    moment requested_at;
    moment send_by;
    std::string reason;
    std::optional<pin_wish> pin;
    std::optional<attempt_wish> attempt;
    std::optional<plan_wish> plan;
};

struct claim_answer {
    int asked = 0;
    int id = 0;
    int claim = 0;
    int hash = 0;
    bool final = false;
    std::string reason;
    std::optional<attempt_state> state;
    int owner = 0;
    bool sealed = false;
    std::optional<moment> pin_expires_at;

    friend bool operator==(const claim_answer&, const claim_answer&) = default;
};

std::vector<claim_answer> claim(tables&, moment now, int epoch, std::span<const claim_row>);

// --- sending (send.cpp): 004, 009, 018

struct start_row {
    int attempt = 0;
    moment next_at;
    moment deadline;
};
struct start_answer {
    int attempt = 0;
    std::string why;  // empty: it started
    bool sealed = false;
    std::optional<moment> pin_expires_at;

    friend bool operator==(const start_answer&, const start_answer&) = default;
};
std::vector<start_answer> start_sending(tables&, moment now, int epoch, std::span<const start_row>);

enum class result { in_doubt = 3, sent = 4, not_sent = 5, resent = 6 };

struct record_row {
    int attempt = 0;
    mirror::result result = mirror::result::in_doubt;
    int carrier_id = 0;
    std::string error;
    std::optional<call_status> call;
    std::optional<moment> next_at;
    std::optional<moment> deadline;
    bool repeated = false;
    std::optional<attempt_wish> next;
    std::string how;                  // a doubt ended
    std::optional<dlr_status> found;  // by asking; with `how`
};
struct record_answer {
    int attempt = 0;
    bool applied = false;
    int next_n = 0;  // 0: there is none

    friend bool operator==(const record_answer&, const record_answer&) = default;
};
std::vector<record_answer> record(tables&, moment now, int epoch, std::span<const record_row>);

struct waiting_query {
    int route = 0;
    moment until;
    mirror::span stale{0};
    mirror::span grace{0};
    std::vector<int> held;
};
// These three return the attempts that are the caller's now.
std::vector<int> take_waiting(tables&, moment now, int epoch, const waiting_query&);
std::vector<int> take_over_sending(
    tables&, moment now, int epoch, mirror::span dead_after, int takeovers_max
);
std::vector<int> take_in_doubt(
    tables&,
    moment now,
    int epoch,
    mirror::span dead_after,
    mirror::span lease,
    int takeovers_max,
    int together = 16
);
void postpone(tables&, moment now, int epoch, int attempt, moment next_at);
int give_up_waiting(tables&, int epoch, std::span<const int> attempts);

// --- plans (plans.cpp): 016

struct due_step {
    int attempt = 0;
    int job = 0;
    int n = 0;
    int step = 1;
    std::optional<moment> step_at;  // the lease's token; none: the plan is over

    friend bool operator==(const due_step&, const due_step&) = default;
};
std::vector<due_step> take_steps(tables&, moment now, mirror::span skew, mirror::span lease);

struct step_row {
    int attempt = 0;
    moment step_at;
    std::optional<attempt_wish> next;
    plan_wish plan;  // of `next`
};
struct step_answer {
    int attempt = 0;
    int next_n = 0;

    friend bool operator==(const step_answer&, const step_answer&) = default;
};
std::vector<step_answer> begin_steps(tables&, moment now, int epoch, std::span<const step_row>);

// --- reports of carriers, and closing (settle.cpp, sweep.cpp): 005, 018, 020, 023, 025; 006

struct mark {
    int partition = 0;
    moment until;
};
struct settled_answer {
    int matched = 0;
    int parked = 0;

    friend bool operator==(const settled_answer&, const settled_answer&) = default;
};
settled_answer settle(
    tables&,
    moment now,
    int epoch,
    std::span<const dlr_row>,
    std::span<const mark>,
    mirror::span park_first,
    mirror::span lease
);
std::vector<int> take_parked(tables&, moment now, mirror::span again);
settled_answer settle_parked(
    tables&, moment now, int epoch, const std::vector<int>& ids, mirror::span lease
);
std::optional<moment> settled_until(const tables&);

struct overdue_query {
    mirror::span grace{0};
    mirror::span skew{0};
    int reporter = 0;
    mirror::span lease{0};
};
int close_overdue(tables&, moment now, const overdue_query&);

void beat(tables&, moment now, int epoch, int instance);
int declare_dead(tables&, int epoch, int instance);
void farewell(tables&, int epoch);

// --- reports to customers (reports.cpp): 007, 024; of one member each

std::vector<int> take_reports(tables&, moment now, int owner, mirror::span lease);
std::vector<int> take_retries(tables&, moment now, int owner, mirror::span lease);

enum class outcome { delivered = 1, retry = 2, dead = 3, given_back = 4 };
struct report_result {
    int job = 0;
    mirror::outcome outcome = mirror::outcome::delivered;
    std::optional<moment> due_at;
    bool malformed = false;
    bool answered = true;
};
void finish_report(tables&, moment now, int owner, const report_result&);

}  // namespace pinwire::mirror
