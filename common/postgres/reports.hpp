// The way out to report_url: leases, results and retries (sql/007_reports.sql). Blocking; run it on
// an executor's thread. A row is worked on under a lease; a dead process's lease runs out.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/postgres/report_row.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

// Reports never tried with seq > above, leased to the owner, in order of seq.
std::vector<report_row> take_reports(
    session&, const epoch_id&, std::int64_t above, int limit, milliseconds lease
);

// Retries that are due, leased to the owner, in due order. A row that another process had under its
// lease comes without its batch: it goes singly, under its own id.
std::vector<retry_row> take_retries(session&, const epoch_id&, int limit, milliseconds lease);

void renew_leases(session&, const epoch_id&, std::span<const report_id>, milliseconds lease);

enum class report_outcome : std::int16_t {
    delivered = 1,
    retry = 2,      // again at due_at
    dead = 3,       // given up, kept for replay
    given_back = 4  // not tried: the lease ends, nothing is counted
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

struct disabled_endpoint {
    account_name account;
    std::string origin;
    std::string reason;
    time_point at;
};
void disable_endpoint(
    session&, const account_name&, const std::string& origin, const std::string& reason
);
std::vector<disabled_endpoint> disabled_endpoints(session&);

// Nothing at or below this seq needs a look any more; call it now and then, each call lets it rise.
std::int64_t report_low_water(session&);

}  // namespace pinwire::postgres
