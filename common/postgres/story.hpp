// Everything that is known of one job, with times: what `pinwire status JOB` shows. Reads tables
// directly, as the role pinwire_reader may; no PIN is among it. Blocking.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/job.hpp"
#include "common/core/status.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct job_story {
    message_id id;
    account_name account;
    job_id job;
    pinwire::channel channel = pinwire::channel::sms;
    msisdn to;
    sender_name sender;
    std::string reference;
    std::string report_url;
    pinwire::pin_id pin;
    time_point requested_at;
    time_point accepted_at;
    time_point send_by;
    std::optional<nc_status> nc;
    std::string mccmnc;
    std::optional<sms_status> sms;
    std::optional<call_status> call;
    std::optional<dlr_status> delivery;
    std::string reason;
    bool in_doubt = false;
    std::string route;
    int attempts = 0;
    std::optional<time_point> sent_at;
    std::optional<time_point> final_at;
    int version = 0;
};

struct attempt_story {
    attempt_id id;
    int n = 0;
    int step = 0;  // of the job's plan; 0: it has none
    route_name route;
    carrier_name carrier;
    attempt_state state = attempt_state::waiting;
    bool closed = false;
    bool set_aside = false;
    int takeovers = 0;
    int repeats = 0;
    std::optional<epoch_id> owner;
    time_point created_at;
    std::optional<time_point> started_at;
    std::optional<time_point> sent_at;
    time_point next_at;
    time_point deadline;
    std::string carrier_message_id;
    std::string error;
    std::optional<call_status> call;
    std::optional<dlr_status> delivery;
    std::optional<time_point> dlr_at;
    std::string dlr_error;
    // What its route put in place of the job's sender; empty text: the carrier's own.
    std::optional<sender_name> put_sender;
    std::string doubt;      // why it was in doubt once; empty: never
    std::string doubt_end;  // how that ended; empty: it hasn't
    std::optional<time_point> doubt_ended_at;
};

struct due_story {
    attempt_state what = attempt_state::waiting;
    bool only_step = false;  // nothing is open but a plan's next step: `what` means nothing
    route_name route;
    time_point at;
    time_point close_at;
    std::optional<time_point> step_at;  // when the plan's next step begins; none: there is none
};

struct dlr_story {
    time_point intake_at;
    attempt_id attempt;
    carrier_name carrier;
    std::optional<dlr_status> status;
    std::string raw_status;
    std::string error_code;
    std::string raw;  // the report as it came, without what quotes the message; may hold the number
};

struct report_story {
    report_id id;
    std::string where;  // waiting, retry, dead
    std::string url;
    int tries = 0;
    time_point created_at;
    std::optional<time_point> due_at;
    std::string last_error;
};

struct report_try_story {
    time_point at;
    report_id report;
    std::optional<int> http_status;
    milliseconds latency{0};
    std::string error;
    std::string answer;
};

struct story {
    job_story job;
    std::vector<attempt_story> attempts;  // by number
    std::optional<due_story> due;
    std::vector<dlr_story> dlrs;          // by time
    std::vector<report_story> reports;    // not yet taken, or given up
    std::vector<report_try_story> tries;  // by time
};

// None: no such job.
std::optional<story> tell_story(session&, const account_name&, const job_id&);
std::optional<story> tell_story(session&, const message_id&);
// The job id alone, in every account that knows it.
std::vector<story> tell_stories(session&, const job_id&);

}  // namespace pinwire::postgres
