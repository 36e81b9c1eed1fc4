// A report on its way to report_url, as it stands in the tables `report` (never tried) and
// `report_retry` (tried and not taken); and reading the payload that the closing transaction froze.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/final_report.hpp"
#include "common/core/ids.hpp"
#include "common/core/job.hpp"
#include "common/postgres/result.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

struct report_row {
    std::int64_t seq = 0;  // 0: a retry
    report_id id;
    message_id job;
    int kind = 1;  // 1: final
    account_name account;
    std::string url;
    pinwire::report_format format = pinwire::report_format::nrs360;
    std::string payload;
    time_point created_at;
    std::optional<epoch_id> lease_owner;
    std::optional<time_point> lease_until;
};

struct retry_row {
    report_row report;
    int tries = 0;
    int malformed = 0;  // how often the endpoint called it malformed
    time_point first_try_at;
    time_point due_at;
    std::string batch;  // webhook-id of the request that held several; empty: singly
    int batch_pos = 0;
    std::string last_error;
};

// Throws std::runtime_error when it can't (another version's row).
final_report decode_report_payload(const report_id&, std::string_view payload);

// Columns of `select * from report` and `report_retry`, in the tables' order.
report_row read_report(const row&);
retry_row read_retry(const row&);
// The JSON that settle, settle_parked and close_overdue return; empty text: none.
std::vector<report_row> read_report_json(std::string_view json);

}  // namespace pinwire::postgres
