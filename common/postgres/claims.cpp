#include "common/postgres/claims.hpp"

#include <unordered_map>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

void append_pin(row_array& out, const std::optional<pin_request>& pin) {
    if (!pin) {
        for (int i = 0; i < 8; ++i)
            out.null();
        return;
    }
    out.text(pin->id)
        .text_or_null(pin->sealed)
        .status(pin->parameters.type)
        .number(pin->parameters.length)
        .number(pin->parameters.expires_in.count())
        .number(pin->parameters.max_tries)
        .boolean(pin->strict)
        .boolean(pin->by_number);
}

void append_attempt(row_array& out, const std::optional<attempt_request>& attempt) {
    if (!attempt) {
        for (int i = 0; i < 7; ++i)
            out.null();
        return;
    }
    out.id(attempt->id)
        .text(attempt->route)
        .text(attempt->carrier)
        .boolean(attempt->start)
        .boolean(attempt->keep)
        .time(attempt->next_at)
        .time(attempt->deadline);
}

// In the order of claim_row (sql/003_claim.sql).
void append(row_array& out, const claim_request& request) {
    out.begin_row()
        .id(request.id)
        .text(request.account)
        .text(request.job)
        .id(request.claim)
        .bytes(request.content_hash)
        .status(request.channel)
        .text(request.to.digits())
        .text(request.spec)
        .text_or_null(request.report_url)
        .status(request.report_format)
        .boolean(request.report_refusal)
        .text_or_null(request.reference)
        .text_or_null(request.waiter)
        .text_or_null(request.sender.view())
        .time(request.requested_at)
        .time(request.send_by)
        .status(request.nc)
        .text_or_null(request.mccmnc)
        .text_or_null(request.reason);
    append_pin(out, request.pin);
    append_attempt(out, request.attempt);
    out.end_row();
}

// In the order of claim_extra (sql/009_api.sql).
void append_extra(row_array& out, const claim_request& request) {
    out.begin_row().id(request.claim);
    if (request.pin && request.pin->guess_mac) {
        out.bytes(*request.pin->guess_mac).text(request.pin->guess_key);
    } else {
        out.null().null();
    }
    if (request.pin) {
        out.boolean(request.pin->parameters.single_use);
    } else {
        out.null();
    }
    if (request.attempt) {
        out.number(request.attempt->parts).number(request.attempt->cost);
    } else {
        out.null().null();
    }
    out.end_row();
}

// In the order of claim_plan (sql/016_plans.sql).
void append_plan(row_array& out, const claim_request& request) {
    out.begin_row().id(request.claim).number(request.plan->step).status(request.plan->channel);
    if (request.plan->after) {
        out.text(interval_text(*request.plan->after));
    } else {
        out.null();
    }
    out.end_row();
}

claim_answer read_answer(const row& from) {
    claim_answer out;
    out.asked = from.id<claim_id>(0);
    out.id = from.id<message_id>(1);
    out.claim = from.id<claim_id>(2);
    out.content_hash = hash_of(from, 3);
    out.final = from.boolean(4);
    out.reason = from.text_or_empty(5);
    out.state = status_of<attempt_state>(from, 6);
    out.owner = from.maybe_id<epoch_id>(7);
    out.sealed = from.text_or_empty(8);
    out.pin_expires_at = from.maybe_time(9);
    return out;
}

}  // namespace

std::vector<claim_answer> claim(
    session& with, const epoch_id& epoch, std::span<const claim_request> requests
) {
    std::vector<claim_answer> out(requests.size());
    if (requests.empty()) return out;
    row_array rows;
    row_array extras;
    row_array plans;
    bool planned = false;
    std::unordered_map<claim_id, std::size_t> places;
    for (const auto& request : requests) {
        places.emplace(request.claim, places.size());
        append(rows, request);
        append_extra(extras, request);
        if (!request.plan) continue;
        planned = true;
        append_plan(plans, request);
    }
    std::string sql =
        "select asked, id, claim_id, content_hash, final, reason, attempt_state, attempt_owner,"
        " sealed, pin_expires_at from ";
    parameters given{epoch.hex(), rows.take(), extras.take()};
    if (planned) {
        sql += "claim_with_plans($1::uuid, $2::claim_row[], $3::claim_extra[], $4::claim_plan[])";
        given.push_back(plans.take());
    } else {
        sql += "claim($1::uuid, $2::claim_row[], $3::claim_extra[])";
    }
    const auto answer = with.query(sql, given);
    if (answer.size() != requests.size()) throw unexpected_answer("claim: one row for each row");
    for (std::size_t i = 0; i < answer.size(); ++i) {
        auto one = read_answer(answer[i]);
        out.at(places.at(one.asked)) = std::move(one);
    }
    return out;
}

std::vector<known_job> known_jobs(session& with, std::span<const job_key> keys) {
    std::vector<known_job> out;
    if (keys.empty()) return out;
    std::vector<std::string> accounts;
    std::vector<std::string> jobs;
    for (const auto& key : keys) {
        accounts.push_back(key.account.str());
        jobs.push_back(key.job.str());
    }
    const auto answer = with.query(
        "select account, job_id, id, content_hash from known_jobs($1::text[], $2::text[])",
        {text_array(accounts), text_array(jobs)}
    );
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const auto from = answer[i];
        known_job one;
        one.key.account = account_name(from.view(0));
        one.key.job = job_id(from.view(1));
        one.id = from.id<message_id>(2);
        one.content_hash = hash_of(from, 3);
        out.push_back(std::move(one));
    }
    return out;
}

void announce_again(session& with, const epoch_id& epoch, std::span<const repeat> repeats) {
    if (repeats.empty()) return;
    std::vector<message_id> jobs;
    std::vector<std::string> waiters;
    for (const auto& one : repeats) {
        jobs.push_back(one.job);
        waiters.push_back(one.waiter);
    }
    with.query(
        "select announce_again($1::uuid, $2::uuid[], $3::text[])",
        {epoch.hex(), id_array(std::span<const message_id>(jobs)), text_array(waiters)}
    );
}

}  // namespace pinwire::postgres
