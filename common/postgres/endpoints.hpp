// Endpoints of reports: account and origin of a report_url (sql/024_endpoints.sql). What callbacks
// obey (settings, which are off), what they note (who fails since when, how each stands), and what
// an operator sees and changes. Blocking; run it on an executor's thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/session.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

struct endpoint_name {
    account_name account;
    std::string origin;  // as url::origin() spells it

    friend bool operator==(const endpoint_name&, const endpoint_name&) = default;
    friend auto operator<=>(const endpoint_name&, const endpoint_name&) = default;
};

// What an operator set for one; none: as for all.
struct endpoint_setting {
    endpoint_name name;
    std::optional<int> concurrency;  // requests at once, of one callback
    std::optional<double> rate;      // requests a second, of one callback
    std::string header;              // empty: none
    std::string value;               // of the header; sealed, bound to header_context()
};

struct disabled_endpoint {
    endpoint_name name;
    std::string reason;
    std::string who;  // empty: its own answers
    time_point at;
};

struct endpoint_tables {
    std::int64_t version = 0;
    std::vector<endpoint_setting> settings;
    std::vector<disabled_endpoint> disabled;  // the newest
};

std::string header_context(const endpoint_name&);
// Nothing for a key that isn't in the ring, or no ring.
boost::system::result<secret, unseal_error>
unseal_header(const endpoint_setting&, const std::optional<key_ring>&);

// Nothing when the version is still `known`.
std::optional<endpoint_tables> read_endpoints(session&, std::int64_t known);

// Of one; none: nothing was set.
std::optional<endpoint_setting> find_endpoint_setting(session&, const endpoint_name&);

struct failing_endpoint {
    endpoint_name name;
    time_point since;
};
std::vector<failing_endpoint> failing_endpoints(session&);

// What a callback saw of one since it last said so.
struct endpoint_note {
    endpoint_name name;
    std::optional<time_point> succeeded_at;  // the last success
    int failures = 0;                        // since that
    time_point failing_from;                 // the first of them
    std::string last_error;
};

// What a failure brought about. Each is told to one callback alone.
struct endpoint_turn {
    endpoint_name name;
    time_point since;
    int stage = 0;  // 1: it fails for an hour, 2: a day, 3: three days, 4: it is off now
};
inline constexpr int stage_disabled = 4;

// At most one note for each.
std::vector<endpoint_turn>
note_endpoints(session&, const epoch_id&, milliseconds off_after, std::span<const endpoint_note>);

// How one stands in one callback.
struct endpoint_state {
    endpoint_name name;
    std::string breaker;
    std::int64_t queued = 0;
    std::int64_t in_flight = 0;
    double tries = 0;  // of the last minutes
    double succeeded = 0;
    milliseconds latency{0};
    std::string last_error;
};
// All that the process has to say; what it said before and doesn't name now is gone.
void note_endpoint_states(session&, const epoch_id&, std::span<const endpoint_state>);

// Forgets who hasn't been called for so long, and who was disabled by its own answers before.
void forget_endpoints(session&, milliseconds keep);

// False: it is off already. `who` empty: its own answers. Without an epoch another process
// announces it.
bool disable_endpoint(
    session&,
    const epoch_id&,
    const endpoint_name&,
    const std::string& reason,
    const std::string& who = ""
);
// When; none: it isn't off. What was given up for its being off was so before.
std::optional<time_point> enable_endpoint(session&, const endpoint_name&, const std::string& who);

// `columns`: JSON of what changes: concurrency, rate, header, value; null: as for all again.
void save_endpoint_setting(
    session&, const std::string& who, const endpoint_name&, const std::string& columns
);

// All that is known of one, for people: summed over the callbacks that said so lately.
struct endpoint_story {
    endpoint_name name;
    std::optional<endpoint_state> live;  // the sum; the worst breaker
    std::optional<time_point> failing_since;
    std::int64_t failures = 0;
    std::string last_error;
    std::optional<disabled_endpoint> disabled;
    std::optional<int> concurrency;
    std::optional<double> rate;
    std::string header;  // its name
};
// `account` empty: of all.
std::vector<endpoint_story> list_endpoints(
    session&, const std::string& account, milliseconds lately
);
// Of those that callbacks said something of within `lately`, without what is set or off: who fails
// first, then who has the most to do.
std::vector<endpoint_story> busiest_endpoints(session&, milliseconds lately, int limit);

// What the tables hold for one; looks through all of them.
struct endpoint_backlog {
    std::int64_t fresh = 0;
    std::int64_t retries = 0;
    std::int64_t dead = 0;
};
endpoint_backlog backlog_of(session&, const endpoint_name&);

}  // namespace pinwire::postgres
