// The DLR's way in: a batch of pin.dlrs becomes state in one transaction with the mark that says
// how far each partition is settled (sql/005_settle.sql). Blocking; run it on an executor's thread.
// Settling the same rows twice changes no state (parked and history rows may repeat).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/dlr.hpp"
#include "common/postgres/report_row.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct dlr_entry {
    std::optional<attempt_id> token;      // proved by the URL
    std::optional<attempt_id> reference;  // our reference, echoed
    carrier_name carrier;
    std::string carrier_message_id;  // in the carrier's configured form; empty: not given
    std::optional<msisdn> to;
    std::optional<dlr_status> status;  // none: moves nothing but proves acceptance
    std::optional<call_status> call;
    std::string error_code;
    time_point at;       // intake
    bool alone = false;  // the only entry of its request: the token names its attempt
    std::string entry;   // as it stood in pin.dlrs; kept if it has to be parked
};

struct history_entry {
    time_point intake_at;
    std::optional<attempt_id> attempt;
    carrier_name carrier;
    std::optional<dlr_status> status;
    std::string raw_status;
    std::string error_code;
    std::string raw;
    std::string carrier_message_id;  // without an attempt: what it will be matched by
};

struct settled_mark {
    int partition = 0;
    time_point until;  // every record taken in before this is settled
};

struct settle_request {
    std::vector<dlr_entry> entries;
    std::vector<history_entry> history;
    std::vector<settled_mark> marks;  // at most one for each partition
    milliseconds park_first{5000};    // until a parked one is tried again
    milliseconds lease{60'000};       // reports that this closes are born leased to the epoch
};

struct settle_answer {
    int matched = 0;
    int parked = 0;
    std::vector<report_row> reports;  // of the jobs that this closed
};

settle_answer settle(session&, const epoch_id&, const settle_request&);

// Makes sure that each partition has a mark: one that was never read counts as not settled.
void settled_partitions(session&, int count);
// No unread news is older than this; none while a partition was never read.
std::optional<time_point> settled_until(session&);

struct parked_dlr {
    std::int64_t id = 0;
    carrier_name carrier;
    std::string entry;
    time_point intake_at;
};

// Those whose next try is due; each is put off by `again`, doubled with every try up to an hour.
std::vector<parked_dlr> take_parked(session&, int limit, milliseconds again);

struct parked_entry {
    std::int64_t id = 0;
    dlr_entry dlr;
};

// Settles those that fit a row by now and forgets them; parked stays 0.
settle_answer settle_parked(
    session&, const epoch_id&, std::span<const parked_entry>, milliseconds lease
);

}  // namespace pinwire::postgres
