// Steps 4 and 5: an attempt's way from waiting to a recorded outcome (sql/004_send.sql). Each
// function is one transaction. Blocking; run it on an executor's thread. All are idempotent: a
// rerun after a lost answer does nothing twice.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/status.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

// What a worker needs to go on with an attempt that it did not claim a moment ago.
struct work_item {
    attempt_id attempt;
    message_id job;
    int n = 0;
    route_name route;
    carrier_name carrier;
    attempt_state state = attempt_state::waiting;
    std::string spec;
    account_name account;
    pinwire::pin_id pin;  // empty: none
    std::string sealed;   // empty: gone
    std::optional<time_point> pin_expires_at;
    time_point send_by;
    time_point requested_at;
    int takeovers = 0;
    int repeats = 0;
    bool set_aside = false;
    std::optional<time_point> started_at;
    time_point deadline;
    time_point next_at;
    std::vector<route_name> refused;  // routes that surely did not take this job
    std::string mccmnc;               // as the lookup told; empty: not known
};

struct start_request {
    attempt_id attempt;
    time_point next_at;
    time_point deadline;
};

struct start_answer {
    attempt_id attempt;
    std::string why;  // empty: started; not_ours, job_final, expired, pin_expired, superseded
    std::string sealed;
    std::optional<time_point> pin_expires_at;

    bool started() const { return why.empty(); }
};

// waiting -> sending, guarded by state and owner. Expired and superseded ones end here. One answer
// for each known attempt, in no order. The same request again (same times) is told the same; a new
// one for an attempt that has started is not_ours.
std::vector<start_answer> start_sending(session&, const epoch_id&, std::span<const start_request>);

enum class record_result : std::int16_t {
    in_doubt = 3,
    sent = 4,      // evidence: written whoever brings it
    not_sent = 5,  // surely
    resent = 6  // in doubt, given up by the resend policy: it closes if `next` can be made, else it
                // is held until its deadline
};

struct next_attempt {
    attempt_id id;
    route_name route;
    carrier_name carrier;
    bool start = false;  // the permit is in hand: born `sending`
    bool keep = false;   // waits in this process's window
    time_point next_at;
    time_point deadline;
    int parts = 1;          // of the SMS; a call is one
    std::int64_t cost = 0;  // micro-units of the account's credit, by this route's price
};

// What the carrier's own list said of the delivery; recorded like a report.
struct found_delivery {
    dlr_status status = dlr_status::unknown;
    std::string raw_status;
    std::string error_code;  // empty: none
};

struct record_request {
    attempt_id attempt;
    record_result result = record_result::in_doubt;
    std::string carrier_message_id;
    std::string error;
    std::optional<call_status> call;
    std::optional<time_point> next_at;   // sent: when news is overdue; in doubt: the next step
    std::optional<time_point> deadline;  // none: as it was
    bool repeated = false;               // this was a repeat under the attempt's reference
    std::optional<next_attempt> next;    // for not_sent and resent
    // What the route put in place of the sender that was named; empty text: the carrier's own.
    std::optional<sender_name> put_sender;
    // Of an attempt that was in doubt, what settles it: repeated, asked_found, asked_absent. Empty:
    // the owner's own late answer, or nothing does.
    std::string doubt_end;
    std::optional<found_delivery> found;  // with doubt_end
};

struct record_answer {
    attempt_id attempt;
    bool applied = false;       // false: the row had moved on, and no next attempt was made
    std::optional<int> next_n;  // number of the next attempt, if it was made
};

// At most one request for each attempt. One answer for each request, in no order.
std::vector<record_answer> record(session&, const epoch_id&, std::span<const record_request>);

struct waiting_query {
    route_name route;
    time_point until;  // due by then
    int limit = 0;
    milliseconds stale{0};  // an owner without a heartbeat for so long lives no more
    milliseconds grace{0};  // a living owner's row is left alone until so long past due
    // This epoch's own that the caller knows of: its others come back too, for the answer that
    // brought them may have been lost with the connection. None: none of its own come.
    std::optional<std::vector<attempt_id>> held;
};

// Refills a route's window in due order; the rows belong to this epoch then.
std::vector<work_item> take_waiting(session&, const epoch_id&, const waiting_query&);

// Waiting rows whose route is none of these: they choose again.
std::vector<work_item> take_homeless(
    session&, const epoch_id&, std::span<const route_name> routes, int limit
);

// Inherits `sending` rows of dead owners: in doubt now. Returns how many.
int take_over_sending(
    session&, const epoch_id&, int limit, milliseconds dead_after, int takeovers_max
);

// In-doubt rows whose next step is due, leased to this epoch. One whose step was in the hands of so
// many that died is set aside instead, if the last had nothing else in hand; one that another death
// could set aside comes with few, and at last alone.
std::vector<work_item> take_in_doubt(
    session&,
    const epoch_id&,
    int limit,
    milliseconds dead_after,
    milliseconds lease,
    int takeovers_max,
    int together = 16
);

// Whether this id of the carrier's is known as another attempt's.
bool is_of_another(session&, const carrier_name&, std::string_view id, const attempt_id&);

struct postpone_request {
    attempt_id attempt;
    time_point next_at;
};
void postpone(session&, const epoch_id&, std::span<const postpone_request>);

// Waiting rows are given up, so that others take them at once. Returns how many.
int give_up_waiting(session&, const epoch_id&, std::span<const attempt_id>);

std::vector<work_item> work_items(session&, std::span<const attempt_id>);

}  // namespace pinwire::postgres
