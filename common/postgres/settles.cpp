#include "common/postgres/settles.hpp"

#include "common/postgres/array_literal.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

// In the order of settle_row (sql/005_settle.sql).
void append(row_array& out, const dlr_entry& entry) {
    out.begin_row()
        .id(entry.token)
        .id(entry.reference)
        .text(entry.carrier)
        .text_or_null(entry.carrier_message_id)
        .text_or_null(entry.to ? std::string_view(entry.to->digits()) : std::string_view())
        .status(entry.status)
        .status(entry.call)
        .text_or_null(entry.error_code)
        .time(entry.at)
        .boolean(entry.alone)
        .text(entry.entry)
        .end_row();
}

void append(row_array& out, const history_entry& entry) {
    out.begin_row()
        .time(entry.intake_at)
        .id(entry.attempt)
        .text(entry.carrier)
        .status(entry.status)
        .text_or_null(entry.raw_status)
        .text_or_null(entry.error_code)
        .text_or_null(entry.raw)
        .end_row();
}

}  // namespace

settle_answer settle(session& with, const epoch_id& epoch, const settle_request& request) {
    row_array entries;
    for (const auto& entry : request.entries)
        append(entries, entry);
    row_array history;
    std::vector<std::string> ids;
    for (const auto& entry : request.history) {
        append(history, entry);
        ids.push_back(entry.attempt ? std::string() : entry.carrier_message_id);
    }
    row_array marks;
    for (const auto& mark : request.marks)
        marks.begin_row().number(mark.partition).time(mark.until).end_row();
    const auto answer = with.query(
        "select matched, parked, reports from settle($1::uuid, $2::settle_row[],"
        " $3::history_row[], $4::settled_mark[], $5::interval, $6::interval, $7::text[])",
        {epoch.hex(),
         entries.take(),
         history.take(),
         marks.take(),
         interval_text(request.park_first),
         interval_text(request.lease),
         text_array(ids)}
    );
    const auto from = answer.one();
    settle_answer out;
    out.matched = from.int32(0);
    out.parked = from.int32(1);
    out.reports = read_report_json(from.text_or_empty(2));
    return out;
}

void settled_partitions(session& with, int count) {
    with.query("select settled_partitions($1::integer)", {std::to_string(count)});
}

std::optional<time_point> settled_until(session& with) {
    return with.query("select settled_until()").one().maybe_time(0);
}

std::vector<parked_dlr> take_parked(session& with, int limit, milliseconds again) {
    const auto answer = with.query(
        "select id, carrier, entry, intake_at from take_parked($1::integer, $2::interval)",
        {std::to_string(limit), interval_text(again)}
    );
    std::vector<parked_dlr> out;
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const auto from = answer[i];
        parked_dlr one;
        one.id = from.int64(0);
        one.carrier = carrier_name(from.view(1));
        one.entry = from.text(2);
        one.intake_at = from.time(3);
        out.push_back(std::move(one));
    }
    return out;
}

settle_answer settle_parked(
    session& with, const epoch_id& epoch, std::span<const parked_entry> parked, milliseconds lease
) {
    settle_answer out;
    if (parked.empty()) return out;
    std::vector<std::int64_t> ids;
    row_array entries;
    for (const auto& one : parked) {
        ids.push_back(one.id);
        append(entries, one.dlr);
    }
    const auto answer = with.query(
        "select matched, reports from settle_parked($1::uuid, $2::bigint[], $3::settle_row[],"
        " $4::interval)",
        {epoch.hex(), number_array(ids), entries.take(), interval_text(lease)}
    );
    const auto from = answer.one();
    out.matched = from.int32(0);
    out.reports = read_report_json(from.text_or_empty(1));
    return out;
}

}  // namespace pinwire::postgres
