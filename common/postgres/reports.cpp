#include "common/postgres/reports.hpp"

#include <algorithm>
#include <tuple>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {

std::vector<report_row> take_reports(
    session& with,
    const epoch_id& owner,
    std::int64_t above,
    int limit,
    milliseconds lease,
    const endpoint_choice& whose,
    std::int64_t upto
) {
    const auto answer = with.query(
        "select * from take_fresh_reports($1::uuid, $2::bigint, $3::bigint, $4::integer,"
        " $5::interval, $6::text[], $7::text[], nullif($8, ''), nullif($9, ''))",
        {owner.hex(),
         std::to_string(above),
         std::to_string(upto),
         std::to_string(limit),
         interval_text(lease),
         text_array(whose.but_accounts),
         text_array(whose.but_origins),
         whose.only_account,
         whose.only_origin}
    );
    std::vector<report_row> out;
    out.reserve(answer.size());
    for (std::size_t i = 0; i < answer.size(); ++i)
        out.push_back(read_report(answer[i]));
    const auto by_seq = [](const report_row& a, const report_row& b) { return a.seq < b.seq; };
    std::sort(out.begin(), out.end(), by_seq);
    return out;
}

std::vector<passed_endpoint<std::int64_t>> passed_reports(
    session& with, std::int64_t above, std::int64_t upto, const endpoint_choice& whose
) {
    const auto answer = with.query(
        "select account, origin, behind from passed_reports($1::bigint, $2::bigint, $3::text[],"
        " $4::text[])",
        {std::to_string(above),
         std::to_string(upto),
         text_array(whose.but_accounts),
         text_array(whose.but_origins)}
    );
    std::vector<passed_endpoint<std::int64_t>> out;
    for (std::size_t i = 0; i < answer.size(); ++i) {
        auto& one = out.emplace_back();
        one.account = account_name(answer[i].view(0));
        one.origin = answer[i].text(1);
        one.behind = answer[i].int64(2);
    }
    return out;
}

std::int64_t report_tail(session& with) {
    return with.query("select report_tail()").one().int64(0);
}

std::optional<std::int64_t> report_look_end(session& with, std::int64_t above, int rows) {
    const auto answer = with.query(
        "select report_look_end($1::bigint, $2::integer)",
        {std::to_string(above), std::to_string(rows)}
    );
    const auto from = answer.one();
    if (from.is_null(0)) return std::nullopt;
    return from.int64(0);
}

std::vector<retry_row> take_retries(
    session& with,
    const epoch_id& owner,
    int limit,
    milliseconds lease,
    const endpoint_choice& whose,
    const retry_place& after,
    const retry_place& upto
) {
    const auto answer = with.query(
        "select * from take_due_retries($1::uuid, $2::timestamptz, $3::uuid, $4::timestamptz,"
        " $5::uuid, $6::integer, $7::interval, $8::text[], $9::text[], nullif($10, ''),"
        " nullif($11, ''))",
        {owner.hex(),
         after.due_at ? timestamptz_text(*after.due_at) : "-infinity",
         after.id.hex(),
         upto.due_at ? timestamptz_text(*upto.due_at) : "infinity",
         upto.id.hex(),
         std::to_string(limit),
         interval_text(lease),
         text_array(whose.but_accounts),
         text_array(whose.but_origins),
         whose.only_account,
         whose.only_origin}
    );
    std::vector<retry_row> out;
    out.reserve(answer.size());
    for (std::size_t i = 0; i < answer.size(); ++i)
        out.push_back(read_retry(answer[i]));
    const auto by_place = [](const retry_row& a, const retry_row& b) {
        return std::tie(a.due_at, a.report.id) < std::tie(b.due_at, b.report.id);
    };
    std::sort(out.begin(), out.end(), by_place);
    return out;
}

retry_place retry_look_end(session& with, const retry_place& after, int rows) {
    const auto answer = with.query(
        "select due_at, id from retry_look_end($1::timestamptz, $2::uuid, $3::integer)",
        {after.due_at ? timestamptz_text(*after.due_at) : "-infinity",
         after.id.hex(),
         std::to_string(rows)}
    );
    const auto from = answer.one();
    retry_place out;
    out.due_at = from.maybe_time(0);
    if (out.due_at) out.id = from.id<report_id>(1);
    return out;
}

std::vector<passed_endpoint<retry_place>> passed_retries(
    session& with, const retry_place& after, const retry_place& upto, const endpoint_choice& whose
) {
    const auto answer = with.query(
        "select account, origin, due_at from passed_retries($1::timestamptz, $2::uuid,"
        " $3::timestamptz, $4::uuid, $5::text[], $6::text[])",
        {after.due_at ? timestamptz_text(*after.due_at) : "-infinity",
         after.id.hex(),
         upto.due_at ? timestamptz_text(*upto.due_at) : "infinity",
         upto.id.hex(),
         text_array(whose.but_accounts),
         text_array(whose.but_origins)}
    );
    std::vector<passed_endpoint<retry_place>> out;
    for (std::size_t i = 0; i < answer.size(); ++i) {
        auto& one = out.emplace_back();
        one.account = account_name(answer[i].view(0));
        one.origin = answer[i].text(1);
        // before all that are due at that moment
        one.behind.due_at = answer[i].time(2) - std::chrono::microseconds(1);
    }
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
    with.query("select finish_reports($1::uuid, $2::report_result[])", {owner.hex(), rows.take()});
}

std::int64_t report_low_water(session& with) {
    return with.query("select report_low_water()").one().int64(0);
}

}  // namespace pinwire::postgres
