// The tables of sql/ as plain values, as far as a job's life moves them: ids are small numbers, 0
// is NULL; an empty text is NULL; times are whole milliseconds. What no decision hangs on (texts,
// senders, parts, outbox) has no column here, and reports of what isn't final yet have no row.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/job.hpp"
#include "common/core/status.hpp"

namespace pinwire::mirror {

using span = std::chrono::milliseconds;
using moment = std::chrono::sys_time<span>;

// common/core/job.hpp numbers them so.
inline constexpr int final_kind = 1;

struct job_row {
    int id = 0;
    int key = 0;  // (account, job_id)
    int claim = 0;
    int hash = 0;
    channel on = channel::sms;
    int number = 0;
    bool wants_report = true;  // has a report_url
    bool report_refusal = true;
    moment requested_at;
    moment send_by;
    moment accepted_at;
    int pin = 0;
    std::optional<sms_status> sms;
    std::optional<call_status> call;
    std::optional<dlr_status> dlr;
    std::string reason;
    bool in_doubt = false;
    int attempts = 0;
    int route = 0;
    std::optional<moment> sent_at;
    std::optional<moment> final_at;
    int version = 1;
    std::string doubt;

    bool final() const { return final_at.has_value(); }
    friend bool operator==(const job_row&, const job_row&) = default;
};

struct pin_row {
    int id = 0;
    int number = 0;
    int claim = 0;
    bool sealed = true;
    int max_tries = 0;
    int tries_left = 0;
    bool by_number = false;
    bool single_use = false;
    moment requested_at;
    moment minted_at;
    std::optional<moment> expires_at;  // none: infinity
    std::optional<moment> verified_at;
    std::optional<moment> cancelled_at;

    friend bool operator==(const pin_row&, const pin_row&) = default;
};

struct attempt_row {
    int id = 0;
    int job = 0;
    int n = 1;
    int route = 0;
    int carrier = 0;
    attempt_state state = attempt_state::waiting;
    int owner = 0;
    bool closed = false;
    int takeovers = 0;
    bool set_aside = false;
    std::optional<moment> leased_until;  // the ladder's last step
    std::optional<int> leased_with;      // ... as a suspect, among so many; 1: alone
    int repeats = 0;
    moment next_at;
    moment deadline;
    moment created_at;
    std::optional<moment> started_at;
    std::optional<moment> sent_at;
    int carrier_id = 0;
    std::string error;
    std::optional<call_status> call;
    std::optional<dlr_status> dlr;
    std::optional<moment> dlr_at;
    std::string dlr_error;
    std::int64_t cost = 0;
    std::optional<int> step;
    std::optional<channel> on;  // its step's, where that is not the job's own
    std::string doubt;
    std::string doubt_end;
    std::optional<moment> doubt_ended_at;

    bool open() const { return state <= attempt_state::sent && !closed; }
    friend bool operator==(const attempt_row&, const attempt_row&) = default;
};

inline constexpr int only_a_step = 5;  // due.what: nothing is open but a step to come

struct due_row {
    int job = 0;
    int what = 0;
    int route = 0;
    moment at;
    moment close_at;
    std::optional<int> step;
    std::optional<span> step_after;
    std::optional<moment> step_at;

    friend bool operator==(const due_row&, const due_row&) = default;
};

struct carrier_ref {
    int carrier = 0;
    int carrier_id = 0;
    int attempt = 0;

    friend auto operator<=>(const carrier_ref&, const carrier_ref&) = default;
};

// What a final report says.
struct told {
    std::optional<sms_status> sms;
    std::optional<call_status> call;
    std::optional<dlr_status> dlr;
    bool in_doubt = false;
    std::string reason;

    friend bool operator==(const told&, const told&) = default;
};

// The three tables of reports in one: where it stands says which.
struct report_row {
    enum class place { fresh, retry, dead, gone } where = place::fresh;
    int job = 0;  // its id is derived from that
    told says;
    int owner = 0;
    std::optional<moment> lease_until;
    int tries = 0;
    int malformed = 0;
    std::optional<moment> first_try_at;
    std::optional<moment> due_at;

    friend bool operator==(const report_row&, const report_row&) = default;
};

// An entry of a request to /dlr/: what stands in pin.dlrs.
struct dlr_row {
    int token = 0;
    int reference = 0;
    int carrier = 0;
    int carrier_id = 0;
    int number = 0;  // 0: it names none
    std::optional<dlr_status> status;
    std::optional<call_status> call;
    std::string error;
    moment at;
    bool alone = true;

    friend bool operator==(const dlr_row&, const dlr_row&) = default;
};

struct parked_row {
    int id = 0;
    dlr_row entry;
    std::string why;
    int tries = 0;
    moment next_at;

    friend bool operator==(const parked_row&, const parked_row&) = default;
};

struct process_row {
    int epoch = 0;
    int instance = 0;
    moment beat_at;
    bool dead = false;

    friend bool operator==(const process_row&, const process_row&) = default;
};

struct tables {
    std::vector<job_row> jobs;
    std::vector<pin_row> pins;
    std::vector<attempt_row> attempts;
    std::vector<due_row> due;
    std::vector<carrier_ref> refs;
    std::vector<report_row> reports;
    std::vector<parked_row> parked;
    std::vector<process_row> processes;
    std::vector<std::optional<moment>> settled;  // of each partition; none: never read
    int parked_made = 0;

    job_row* job(int id);
    attempt_row* attempt(int id);
    pin_row* pin(int id);
    due_row* due_of(int job);
    attempt_row* newest_of(int job);
    process_row* process(int epoch);
};

// In one order, whatever order they were made in.
void sort(tables&);

}  // namespace pinwire::mirror
