// Who is alive, what is overdue, what can be forgotten (sql/006_sweep.sql). Blocking; run it on an
// executor's thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/report_row.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct heartbeat {
    epoch_id epoch;
    std::string program;   // "worker", "callback"
    std::string instance;  // identity of the state directory
    std::string host;
    std::vector<key_id> keys;            // that it can use; the one that seals and signs first
    std::vector<std::string> key_marks;  // each of them as KID:FINGERPRINT; stored behind the ids
};

// Returns the database's clock.
time_point beat(session&, const heartbeat&);
// A restarted instance that holds its instance's lock; returns how many it declared dead.
int declare_dead(session&, const heartbeat&);
// Said by a process that ends in order.
void farewell(session&, const epoch_id&);
int living(session&, const std::string& program, milliseconds stale);
// True: this session has that turn, until it ends; of all sessions one has it. For chores that may
// well be done twice, not for promises: the turn goes with the connection, unnoticed.
bool take_turn(session&, const std::string& chore);

struct overdue_query {
    int limit = 0;
    milliseconds grace{0};  // past the deadline
    milliseconds skew{0};   // how far clocks may differ: news counts as settled so much later
    std::optional<epoch_id> reporter;  // reports are born leased to it; none: anybody's
    milliseconds lease{60'000};
};
struct overdue_answer {
    int closed = 0;  // attempts
    std::vector<report_row> reports;
};
// Closes jobs whose time is over; see DESIGN, "no news".
overdue_answer close_overdue(session&, const epoch_id&, const overdue_query&);

struct backlog_figures {
    std::int64_t unfinished = 0;
    std::optional<time_point> oldest_due;  // of those that wait to be sent
    std::int64_t reports_new = 0;
    std::int64_t reports_retry = 0;
    std::int64_t reports_dead = 0;
    std::int64_t parked = 0;
    std::int64_t outbox = 0;
    std::int64_t set_aside = 0;
};
backlog_figures backlog(session&);

// Makes day partitions ahead and drops those older than `keep` (whole days).
void maintain_history(session&, milliseconds keep);
// Forgets finished jobs older than `keep`; returns how many, call again until fewer than `limit`.
int prune(session&, milliseconds keep, int limit);
// Wipes PINs that can neither be sent nor verified any more; likewise.
int wipe_pins(session&, int limit);

}  // namespace pinwire::postgres
