// The way out to report_url: leases, results and retries (sql/007_reports.sql). Blocking; run it on
// an executor's thread. A row is worked on under a lease; a dead process's lease runs out.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/postgres/report_row.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

// Whose reports a look takes; as it stands: everybody's.
struct endpoint_choice {
    // Passed over: endpoints that can't have any more now.
    std::vector<std::string> but_accounts;
    std::vector<std::string> but_origins;  // as url::origin() spells them; as many
    // Only that one's; empty: all.
    std::string only_account;
    std::string only_origin;
};

// Reports never tried with above < seq <= upto, leased to the owner, in order of seq. Each names
// the owner before, who died with it; none: nobody had it.
std::vector<report_row> take_reports(
    session&,
    const epoch_id& owner,
    std::int64_t above,
    int limit,
    milliseconds lease,
    const endpoint_choice& whose = {},
    std::int64_t upto = std::numeric_limits<std::int64_t>::max()
);
// The seq at which a look of so many rows ends; none: at the table's end.
std::optional<std::int64_t> report_look_end(session&, std::int64_t above, int rows);
// What comes from now on stands behind it, but for what was begun long before; so does some of what
// came lately.
std::int64_t report_tail(session&);

// Where a look left the reports of an endpoint that it passed over.
template <class Place>
struct passed_endpoint {
    account_name account;
    std::string origin;
    Place behind;  // the first stands behind it
};
std::vector<passed_endpoint<std::int64_t>>
passed_reports(session&, std::int64_t above, std::int64_t upto, const endpoint_choice&);

// Where a round over the retries that are due has come to.
struct retry_place {
    std::optional<time_point> due_at;  // none: before the first, or behind the last
    report_id id;

    friend auto operator<=>(const retry_place&, const retry_place&) = default;
};

// Retries that are due, leased to the owner, in due order; with a member of a batch come all of
// them, above the limit too. A row that another process had under its lease comes without its
// batch: it goes singly, under its own id.
std::vector<retry_row> take_retries(
    session&,
    const epoch_id&,
    int limit,
    milliseconds lease,
    const endpoint_choice& whose = {},
    const retry_place& after = {},
    const retry_place& upto = {}
);
// The place at which a look of so many rows ends; none: what is due ends before.
retry_place retry_look_end(session&, const retry_place& after, int rows);
std::vector<passed_endpoint<retry_place>>
passed_retries(session&, const retry_place& after, const retry_place& upto, const endpoint_choice&);

void renew_leases(session&, const epoch_id&, std::span<const report_id>, milliseconds lease);

enum class report_outcome : std::int16_t {
    delivered = 1,
    retry = 2,       // again at due_at
    dead = 3,        // given up, kept for replay
    given_back = 4,  // not tried: the lease ends, nothing is counted
    disabled = 5     // dead, if its endpoint is off indeed; else given back
};

struct report_result {
    report_id id;
    report_outcome outcome = report_outcome::delivered;
    std::optional<time_point> due_at;  // for retry
    std::string reason;                // empty: none
    bool malformed = false;            // the endpoint called it malformed
    std::string batch;                 // webhook-id of the request that held several
    int batch_pos = 0;
    std::optional<int> http_status;  // none: no answer
    milliseconds latency{0};
    std::string answer;  // its first bytes
};

// At most one result for each report. Rerunning it after a lost answer may log one try twice; it
// counts it once, and never loses or doubles a report.
void complete_reports(session&, const epoch_id&, std::span<const report_result>);

// Nothing at or below this seq needs a look any more; call it now and then, each call lets it rise.
std::int64_t report_low_water(session&);

}  // namespace pinwire::postgres
