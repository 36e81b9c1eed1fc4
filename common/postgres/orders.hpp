// What stands between the API's callers and pin.jobs (sql/009_api.sql): the admission of an order
// (idempotency, send limits, credit), the insert that ends a job which nobody claimed in time, and
// jobs on test numbers, which end at once. Blocking; run it on an executor's thread. Rerunning a
// batch after a lost answer is harmless.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/job.hpp"
#include "common/core/rate_limit.hpp"
#include "common/core/status.hpp"
#include "common/postgres/session.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

// One limit that the order counts against; every order it admits takes one place in it.
struct counted_limit {
    std::string scope;  // what is counted: "app:ID", "app:ID:NUMBER", "number:NUMBER", "account"
    rate_limit limit;
};

struct admission_request {
    account_name account;
    job_id job;  // derived from the Idempotency-Key, else made for this order
    pin_id pin;  // for a new PIN: made by the API; for a resend: the existing one
    msisdn to;
    content_hash_bytes request_hash{};  // of what the caller asked; tells a retry from a reused key
    // Within so long the same account and request_hash count as the same request, although no key
    // says so; 0: never.
    std::chrono::milliseconds same_within{0};
    std::string application;  // Infobip's; empty
    std::string message;      // Infobip's template; empty
    std::string repeat;       // what a resend needs, as the dialect wrote it (JSON text); empty
    std::vector<counted_limit> limits;
    std::int64_t price = 0;  // micro-units of the account's credit; 0: costs nothing
};

struct admission {
    enum class kind : std::int16_t {
        admitted = 0,
        known = 1,       // the same request again: go on with `job` and `pin`
        key_reused = 2,  // the job id stands for another request
        limited = 3,     // over `limit`; nothing was counted
        no_credit = 4,   // nothing was counted
        over = 5,        // known; its job went with its time, so nothing more is sent
        cancelled = 6    // likewise, and that job had ended cancelled
    };
    kind what = kind::admitted;
    job_id job;
    pin_id pin;
    std::string limit;                         // the scope that was full
    std::chrono::milliseconds retry_after{0};  // until it has a place again
};

// One answer for each request, in the order of the requests.
std::vector<admission> admit(session&, std::span<const admission_request>);

// A job that ends here and now: nobody claimed it in time (`cancelled`), or its number is a test
// number. ON CONFLICT DO NOTHING under (account, job_id).
struct final_job {
    message_id id;
    claim_id claim;
    pinwire::job job;  // with its PIN id
    content_hash_bytes content_hash{};
    std::string waiter;
    std::string reason;  // "cancelled", "test_number"
    std::optional<nc_status> nc;
    std::optional<sms_status> sms;
    std::optional<call_status> call;
    std::optional<dlr_status> dlr;
    bool report = false;  // with the job's report_url; else its caller was told already
    // A test number's PIN; none: no PIN is made.
    std::string guess_mac;  // 32 bytes; empty: no PIN
    key_id guess_key;
};

// What stands under the key now.
struct final_answer {
    bool ours = false;  // our row came back: nothing was and nothing will be sent by others
    message_id id;
    pin_id pin;
    std::optional<nc_status> nc;
    std::optional<sms_status> sms;
    std::optional<call_status> call;
    bool final = false;
    std::string reason;
};

// `ours` and not a test number: the order's places and credit are given back in the same
// transaction.
std::vector<final_answer> finish_now(session&, const epoch_id&, std::span<const final_job>);

// Charges of messages that surely weren't sent go back to their accounts; those that were are
// booked. Returns how many were settled. Any process may call it, at any time.
int settle_charges(session&, int limit);

}  // namespace pinwire::postgres
