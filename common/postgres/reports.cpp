#include "common/postgres/reports.hpp"

#include <algorithm>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {

std::vector<report_row> take_reports(
    session& with, const epoch_id& owner, std::int64_t above, int limit, milliseconds lease
) {
    const auto answer = with.query(
        "select * from take_reports($1::uuid, $2::bigint, $3::integer, $4::interval)",
        {owner.hex(), std::to_string(above), std::to_string(limit), interval_text(lease)}
    );
    std::vector<report_row> out;
    out.reserve(answer.size());
    for (std::size_t i = 0; i < answer.size(); ++i)
        out.push_back(read_report(answer[i]));
    const auto by_seq = [](const report_row& a, const report_row& b) { return a.seq < b.seq; };
    std::sort(out.begin(), out.end(), by_seq);
    return out;
}

std::vector<retry_row> take_retries(
    session& with, const epoch_id& owner, int limit, milliseconds lease
) {
    const auto answer = with.query(
        "select * from take_retries($1::uuid, $2::integer, $3::interval)",
        {owner.hex(), std::to_string(limit), interval_text(lease)}
    );
    std::vector<retry_row> out;
    out.reserve(answer.size());
    for (std::size_t i = 0; i < answer.size(); ++i)
        out.push_back(read_retry(answer[i]));
    const auto by_time = [](const retry_row& a, const retry_row& b) { return a.due_at < b.due_at; };
    std::stable_sort(out.begin(), out.end(), by_time);
    return out;
}

void renew_leases(
    session& with, const epoch_id& owner, std::span<const report_id> ids, milliseconds lease
) {
    if (ids.empty()) return;
    with.query(
        "select renew_leases($1::uuid, $2::uuid[], $3::interval)",
        {owner.hex(), id_array(ids), interval_text(lease)}
    );
}

void complete_reports(
    session& with, const epoch_id& owner, std::span<const report_result> results
) {
    if (results.empty()) return;
    row_array rows;
    for (const auto& one : results) {
        rows.begin_row()
            .id(one.id)
            .status(one.outcome)
            .time(one.due_at)
            .text_or_null(one.reason)
            .boolean(one.malformed)
            .text_or_null(one.batch)
            .number(one.batch_pos);
        if (one.http_status) {
            rows.number(*one.http_status);
        } else {
            rows.null();
        }
        rows.number(one.latency.count()).text_or_null(one.answer).end_row();
    }
    with.query(
        "select complete_reports($1::uuid, $2::report_result[])", {owner.hex(), rows.take()}
    );
}

void disable_endpoint(
    session& with, const account_name& account, const std::string& origin, const std::string& reason
) {
    with.query("select disable_endpoint($1, $2, $3)", {account.str(), origin, reason});
}

std::vector<disabled_endpoint> disabled_endpoints(session& with) {
    const auto answer = with.query("select account, origin, reason, at from disabled_endpoints()");
    std::vector<disabled_endpoint> out;
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const auto from = answer[i];
        disabled_endpoint one;
        one.account = account_name(from.view(0));
        one.origin = from.text(1);
        one.reason = from.text(2);
        one.at = from.time(3);
        out.push_back(std::move(one));
    }
    return out;
}

std::int64_t report_low_water(session& with) {
    return with.query("select report_low_water()").one().int64(0);
}

}  // namespace pinwire::postgres
