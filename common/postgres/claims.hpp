// Step 3 of a job's life: the claim, one transaction for a batch (sql/003_claim.sql). From its
// commit on the job lives in Postgres. Blocking; run it on an executor's thread. Rerunning a batch
// after a lost answer is harmless.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/job.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/status.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

// The PIN that this claim would mint; an existing one under the same id stands.
struct pin_request {
    pinwire::pin_id id;
    std::string sealed;
    pin_parameters parameters;
    bool strict = false;     // the parameters were given: an existing PIN's must be the same
    bool by_number = false;  // verified by number: only the newest of a number counts
    // What guesses are compared with, and the key it is made under; none: it can't be guessed.
    std::optional<pinwire::guess_mac> guess_mac;
    key_id guess_key;
};

struct attempt_request {
    attempt_id id;
    route_name route;
    carrier_name carrier;
    bool start = false;  // the route's permit is in hand: born `sending`
    bool keep = false;   // waits in this process's window; else any worker may take it
    time_point next_at;
    time_point deadline;
    int parts = 1;          // of the SMS; a call is one
    std::int64_t cost = 0;  // micro-units of the account's credit, by this route's price
};

// Of a job with steps: whose its first attempt is.
struct plan_request {
    int step = 1;  // from 1; more: those before had no route
    pinwire::channel channel = pinwire::channel::sms;
    std::optional<std::chrono::seconds> after;  // none: the last step
};

struct claim_request {
    message_id id;
    account_name account;
    job_id job;
    claim_id claim;  // made for this one message
    content_hash_bytes content_hash{};
    pinwire::channel channel = pinwire::channel::sms;
    msisdn to;
    std::string spec;        // to_spec()
    std::string report_url;  // empty: no report
    pinwire::report_format report_format = pinwire::report_format::nrs360;
    bool report_refusal = true;
    std::string reference;
    std::string waiter;
    sender_name sender;
    time_point requested_at;
    time_point send_by;
    std::optional<nc_status> nc;
    std::string mccmnc;
    std::string reason;  // why nothing is sent: final at once ("lookup_refused"); empty: it is sent
    std::optional<pin_request> pin;
    std::optional<attempt_request> attempt;
    std::optional<plan_request> plan;  // only with an attempt
};

// What stands under the asked key now. May be sent only if claim == asked, it is not final, and its
// attempt is `sending` under the caller's epoch.
struct claim_answer {
    claim_id asked;  // the request's
    message_id id;
    claim_id claim;  // of the message that made the row
    content_hash_bytes content_hash{};
    bool final = false;
    std::string reason;
    std::optional<attempt_state> state;        // of the first attempt; none: there is none
    std::optional<epoch_id> owner;             // likewise
    std::string sealed;                        // the PIN to send; empty: none
    std::optional<time_point> pin_expires_at;  // never for infinity; none: no PIN

    bool ours() const { return claim == asked; }
};

// One answer for each request, in the order of the requests.
std::vector<claim_answer> claim(session&, const epoch_id&, std::span<const claim_request>);

struct job_key {
    account_name account;
    job_id job;
    friend bool operator==(const job_key&, const job_key&) = default;
};

struct known_job {
    job_key key;
    message_id id;
    content_hash_bytes content_hash{};
};

// The cheap read before the paid lookup; unknown keys have no row. In no order.
std::vector<known_job> known_jobs(session&, std::span<const job_key>);

struct repeat {
    message_id job;
    std::string waiter;  // of the repeating message; empty: nobody waits
};

// A repeat of a known job announces its present status again, to its own waiter; what changes later
// goes to that waiter too.
void announce_again(session&, const epoch_id&, std::span<const repeat>);

}  // namespace pinwire::postgres
