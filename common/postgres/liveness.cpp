#include "common/postgres/liveness.hpp"

#include "common/postgres/array_literal.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {

time_point beat(session& with, const heartbeat& of) {
    std::vector<std::string> keys;
    for (const auto& key : of.keys)
        keys.push_back(key.str());
    keys.insert(keys.end(), of.key_marks.begin(), of.key_marks.end());
    const auto answer = with.query(
        "select beat($1::uuid, $2, $3, $4, $5::text[])",
        {of.epoch.hex(), of.program, of.instance, of.host, text_array(keys)}
    );
    return answer.one().time(0);
}

int declare_dead(session& with, const heartbeat& of) {
    const auto answer = with.query(
        "select declare_dead($1::uuid, $2, $3)", {of.epoch.hex(), of.program, of.instance}
    );
    return answer.one().int32(0);
}

void farewell(session& with, const epoch_id& epoch) {
    with.query("select farewell($1::uuid)", {epoch.hex()});
}

int living(session& with, const std::string& program, milliseconds stale) {
    const auto answer =
        with.query("select living($1, $2::interval)", {program, interval_text(stale)});
    return answer.one().int32(0);
}

// Taking it again while holding it is harmless: it is given back by the session's end alone.
bool take_turn(session& with, const std::string& chore) {
    const auto answer = with.query(
        "select pg_try_advisory_lock(hashtext('pinwire'), hashtext($1))::integer", {chore}
    );
    return answer.one().int32(0) == 1;
}

overdue_answer close_overdue(session& with, const epoch_id& epoch, const overdue_query& query) {
    std::optional<std::string> reporter;
    if (query.reporter) reporter = query.reporter->hex();
    const auto answer = with.query(
        "select closed, reports from close_overdue($1::uuid, $2::integer, $3::interval,"
        " $4::interval, $5::uuid, $6::interval)",
        {epoch.hex(),
         std::to_string(query.limit),
         interval_text(query.grace),
         interval_text(query.skew),
         reporter,
         interval_text(query.lease)}
    );
    const auto from = answer.one();
    overdue_answer out;
    out.closed = from.int32(0);
    out.reports = read_report_json(from.text_or_empty(1));
    return out;
}

backlog_figures backlog(session& with) {
    const auto answer = with.query(
        "select unfinished, oldest_due, reports_new, reports_retry, reports_dead, parked,"
        " outbox_rows, set_aside from backlog()"
    );
    const auto from = answer.one();
    backlog_figures out;
    out.unfinished = from.int64(0);
    out.oldest_due = from.maybe_time(1);
    out.reports_new = from.int64(2);
    out.reports_retry = from.int64(3);
    out.reports_dead = from.int64(4);
    out.parked = from.int64(5);
    out.outbox = from.int64(6);
    out.set_aside = from.int64(7);
    return out;
}

void maintain_history(session& with, milliseconds keep) {
    with.query("select maintain_history($1::interval)", {interval_text(keep)});
}

int prune(session& with, milliseconds keep, int limit) {
    const auto answer = with.query(
        "select prune($1::interval, $2::integer)", {interval_text(keep), std::to_string(limit)}
    );
    return answer.one().int32(0);
}

int wipe_pins(session& with, int limit) {
    return with.query("select wipe_pins($1::integer)", {std::to_string(limit)}).one().int32(0);
}

}  // namespace pinwire::postgres
