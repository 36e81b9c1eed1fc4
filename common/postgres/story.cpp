#include "common/postgres/story.hpp"

#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

constexpr auto job_columns =
    "select id, account, job_id, channel, msisdn, sender, reference, report_url, pin_id,"
    " requested_at, accepted_at, send_by, nc_status, mccmnc, sms_status, call_status, dlr_status,"
    " reason, in_doubt, route, attempts, sent_at, final_at, version from job ";

job_story read_job(const row& from) {
    job_story out;
    out.id = from.id<message_id>(0);
    out.account = account_name(from.view(1));
    out.job = job_id(from.view(2));
    out.channel = static_cast<channel>(from.int16(3));
    out.to = msisdn::parse(from.view(4)).value_or(msisdn());
    out.sender = sender_name(from.text_or_empty(5));
    out.reference = from.text_or_empty(6);
    out.report_url = from.text_or_empty(7);
    out.pin = pin_id(from.text_or_empty(8));
    out.requested_at = from.time(9);
    out.accepted_at = from.time(10);
    out.send_by = from.time(11);
    out.nc = status_of<nc_status>(from, 12);
    out.mccmnc = from.text_or_empty(13);
    out.sms = status_of<sms_status>(from, 14);
    out.call = status_of<call_status>(from, 15);
    out.delivery = status_of<dlr_status>(from, 16);
    out.reason = from.text_or_empty(17);
    out.in_doubt = from.boolean(18);
    out.route = from.text_or_empty(19);
    out.attempts = from.int16(20);
    out.sent_at = from.maybe_time(21);
    out.final_at = from.maybe_time(22);
    out.version = from.int32(23);
    return out;
}

attempt_story read_attempt(const row& from) {
    attempt_story out;
    out.id = from.id<attempt_id>(0);
    out.n = from.int16(1);
    out.route = route_name(from.view(2));
    out.carrier = carrier_name(from.view(3));
    out.state = static_cast<attempt_state>(from.int16(4));
    out.closed = from.boolean(5);
    out.set_aside = from.boolean(6);
    out.takeovers = from.int16(7);
    out.repeats = from.int16(8);
    out.owner = from.maybe_id<epoch_id>(9);
    out.created_at = from.time(10);
    out.started_at = from.maybe_time(11);
    out.sent_at = from.maybe_time(12);
    out.next_at = from.time(13);
    out.deadline = from.time(14);
    out.carrier_message_id = from.text_or_empty(15);
    out.error = from.text_or_empty(16);
    out.call = status_of<call_status>(from, 17);
    out.delivery = status_of<dlr_status>(from, 18);
    out.dlr_at = from.maybe_time(19);
    out.dlr_error = from.text_or_empty(20);
    if (!from.is_null(21)) out.put_sender = sender_name(from.view(21));
    out.step = from.maybe_int16(22).value_or(0);
    out.doubt = from.text_or_empty(23);
    out.doubt_end = from.text_or_empty(24);
    out.doubt_ended_at = from.maybe_time(25);
    return out;
}

void add_attempts(session& with, story& of) {
    const auto rows = with.query(
        "select id, n, route, carrier, state, closed, set_aside, takeovers, repeats, owner,"
        " created_at, started_at, sent_at, next_at, deadline, carrier_message_id, error,"
        " call_status, dlr_status, dlr_at, dlr_error, sender, step, doubt, doubt_end,"
        " doubt_ended_at from attempt where job = $1::uuid order by n",
        {of.job.id.hex()}
    );
    for (std::size_t i = 0; i < rows.size(); ++i)
        of.attempts.push_back(read_attempt(rows[i]));
}

void add_due(session& with, story& of) {
    const auto rows = with.query(
        "select what, route, at, close_at, step_at from due where job = $1::uuid", {of.job.id.hex()}
    );
    if (rows.empty()) return;
    due_story due;
    due.only_step = rows[0].int16(0) == 5;  // sql/016_plans.sql
    if (!due.only_step) due.what = static_cast<attempt_state>(rows[0].int16(0));
    due.route = route_name(rows[0].view(1));
    due.at = rows[0].time(2);
    due.close_at = rows[0].time(3);
    due.step_at = rows[0].maybe_time(4);
    of.due = due;
}

void add_dlrs(session& with, story& of) {
    const auto rows = with.query(
        "select intake_at, attempt, carrier, status, raw_status, error_code, raw from dlr_history"
        " where attempt in (select id from attempt where job = $1::uuid) order by intake_at",
        {of.job.id.hex()}
    );
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto from = rows[i];
        dlr_story one;
        one.intake_at = from.time(0);
        one.attempt = from.id<attempt_id>(1);
        one.carrier = carrier_name(from.view(2));
        one.status = status_of<dlr_status>(from, 3);
        one.raw_status = from.text_or_empty(4);
        one.error_code = from.text_or_empty(5);
        one.raw = from.text_or_empty(6);
        of.dlrs.push_back(std::move(one));
    }
}

// The id of a report is derived from job and kind; the payload isn't read.
void add_reports(session& with, story& of) {
    const auto rows = with.query(
        "select id, 'waiting', url, 0, created_at, null::timestamptz, null from report"
        " where job = $1::uuid and kind = 1"
        " union all select id, 'retry', url, tries, created_at, due_at, last_error"
        " from report_retry where id = report_id_of($1::uuid, 1::smallint)"
        " union all select id, 'dead', url, tries, created_at, null, reason from report_dead"
        " where id = report_id_of($1::uuid, 1::smallint)",
        {of.job.id.hex()}
    );
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto from = rows[i];
        report_story one;
        one.id = from.id<report_id>(0);
        one.where = from.text(1);
        one.url = from.text(2);
        one.tries = from.int16(3);
        one.created_at = from.time(4);
        one.due_at = from.maybe_time(5);
        one.last_error = from.text_or_empty(6);
        of.reports.push_back(std::move(one));
    }
}

void add_tries(session& with, story& of) {
    const auto rows = with.query(
        "select at, report, status, latency_ms, error, answer from report_try"
        " where job = $1::uuid order by at",
        {of.job.id.hex()}
    );
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto from = rows[i];
        report_try_story one;
        one.at = from.time(0);
        one.report = from.id<report_id>(1);
        if (!from.is_null(2)) one.http_status = from.int32(2);
        one.latency = milliseconds(from.int32(3));
        one.error = from.text_or_empty(4);
        one.answer = from.text_or_empty(5);
        of.tries.push_back(std::move(one));
    }
}

story complete(session& with, const row& from) {
    story out;
    out.job = read_job(from);
    add_attempts(with, out);
    add_due(with, out);
    add_dlrs(with, out);
    add_reports(with, out);
    add_tries(with, out);
    return out;
}

std::optional<story> complete_first(session& with, const result& rows) {
    if (rows.empty()) return std::nullopt;
    return complete(with, rows.one());
}

}  // namespace

std::optional<story> tell_story(session& with, const account_name& account, const job_id& job) {
    const auto rows = with.query(
        std::string(job_columns) + "where account = $1 and job_id = $2", {account.str(), job.str()}
    );
    return complete_first(with, rows);
}

std::optional<story> tell_story(session& with, const message_id& job) {
    const auto rows = with.query(std::string(job_columns) + "where id = $1::uuid", {job.hex()});
    return complete_first(with, rows);
}

std::vector<story> tell_stories(session& with, const job_id& job) {
    // No index serves the job id alone: a scan, for a person who asks.
    const auto rows = with.query(
        std::string(job_columns) + "where job_id = $1 order by account limit 100", {job.str()}
    );
    std::vector<story> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.push_back(complete(with, rows[i]));
    return out;
}

}  // namespace pinwire::postgres
