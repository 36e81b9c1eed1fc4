// PINs as callers see them (sql/009_api.sql): the facts a guess is compared under, the one atomic
// statement of a guess, cancelling, and a PIN's whole story. Blocking; run it on an executor's
// thread. No PIN passes here: a guess comes as its MAC.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/job.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/rate_limit.hpp"
#include "common/core/status.hpp"
#include "common/postgres/session.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

// Which PIN is meant: by its id, or the newest of a number (360NRS).
struct pin_question {
    account_name account;
    pin_id pin;  // empty: by number
    msisdn to;   // empty: by id
};

struct pin_facts {
    pin_id pin;
    msisdn to;
    key_id guess_key;  // empty: it can't be guessed any more
    std::uint8_t length = 0;
    pin_type type = pin_type::numeric;
    std::string application;                 // of the order that made it; empty: none
    std::optional<rate_limit> verify_limit;  // that application's, when it has one
};

// One answer for each question; none: no such PIN.
std::vector<std::optional<pin_facts>> find_pins(session&, std::span<const pin_question>);

struct guess_request {
    account_name account;
    pin_id pin;
    msisdn to;
    bool by_number = false;        // must still be the newest of its number
    std::optional<guess_mac> mac;  // none: it can't be right (wrong length); counts as a wrong one
    rate_limit limit;              // guesses a number and application may have; unbounded: none
    std::string limit_scope;       // "verify:APP:NUMBER"
    bool strict = false;           // failures count per number across PINs, with backoff
};

struct guess_answer {
    enum class kind : std::int16_t {
        right = 0,
        wrong = 1,
        expired = 2,  // costs nothing
        used_up = 3,  // no tries left, spent (single use), or cancelled; even if right
        gone = 4,     // no such PIN
        newer = 5,    // by number: a newer PIN took its place since it was found; ask again
        limited = 6   // not compared, costs nothing; see retry_after
    };
    kind what = kind::gone;
    bool verified_before = false;            // right: not the first time
    bool spent = false;                      // used_up because it was verified and is single use
    std::optional<std::int32_t> tries_left;  // none: unlimited
    std::chrono::milliseconds retry_after{0};
};

// Each guess is one atomic step; a batch may hold several for one PIN: they count one after the
// other, in their order.
std::vector<guess_answer> guess(session&, std::span<const guess_request>);

// Neither sent nor verified any more; waiting attempts end superseded. False: no such PIN.
bool cancel_pin(session&, const account_name&, const pin_id&);

// One sending of a PIN, newest last.
struct pin_sending {
    message_id id;
    job_id job;
    pinwire::channel channel = pinwire::channel::sms;
    time_point requested_at;
    std::optional<time_point> sent_at;
    std::optional<time_point> final_at;
    std::optional<nc_status> nc;
    std::optional<sms_status> sms;
    std::optional<call_status> call;
    std::optional<dlr_status> dlr;
    std::string reason;
    std::string route;
    int attempts = 0;
};

struct pin_story {
    pin_id pin;
    msisdn to;
    pin_type type = pin_type::numeric;
    std::uint8_t length = 0;
    std::optional<std::int32_t> tries_left;  // none: unlimited
    time_point requested_at;
    std::optional<time_point> expires_at;  // none: never
    std::optional<time_point> verified_at;
    std::optional<time_point> cancelled_at;
    std::string application;
    std::string message;
    std::string repeat;                          // what a resend needs, as the dialect wrote it
    std::string sender;                          // of the first sending
    lookup_policy lookup = lookup_policy::skip;  // of the first sending
    bool single_use = false;
    std::vector<pin_sending> sendings;
};

// None: no such PIN in that account.
std::optional<pin_story> story_of_pin(session&, const pin_question&);

struct verification {
    msisdn to;
    bool verified = false;
    std::optional<time_point> verified_at;
    std::optional<time_point> sent_at;
};

// Of one application and number, newest first, at most 100.
std::vector<verification>
verifications(session&, const account_name&, const std::string& application, const msisdn&);

}  // namespace pinwire::postgres
