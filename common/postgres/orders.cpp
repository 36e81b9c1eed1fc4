#include "common/postgres/orders.hpp"

#include <unordered_map>

#include "common/core/job_codec.hpp"
#include "common/postgres/array_literal.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

void append_limits(row_array& out, const std::vector<counted_limit>& limits) {
    std::vector<std::string> scopes;
    std::vector<std::int64_t> most;
    std::vector<std::int64_t> within;
    for (const auto& one : limits) {
        if (!one.limit.bounded()) continue;
        scopes.push_back(one.scope);
        most.push_back(one.limit.most);
        within.push_back(one.limit.within.count());
    }
    if (scopes.empty()) {
        out.null().null().null();
        return;
    }
    out.text(text_array(scopes)).text(number_array(most)).text(number_array(within));
}

// In the order of admit_row (sql/009_api.sql).
void append(row_array& out, const admission_request& request) {
    out.begin_row()
        .text(request.account)
        .text(request.job)
        .text(request.pin)
        .text(request.to.digits())
        .bytes(request.request_hash)
        .text(interval_text(request.same_within))
        .text(request.application)
        .text(request.message)
        .text_or_null(request.repeat)
        .number(request.price);
    append_limits(out, request.limits);
    out.end_row();
}

admission read_admission(const row& from) {
    admission out;
    out.what = static_cast<admission::kind>(from.int16(1));
    out.job = job_id(from.view(2));
    out.pin = pin_id(from.view(3));
    out.limit = from.text_or_empty(4);
    if (!from.is_null(5)) out.retry_after = std::chrono::milliseconds(from.int64(5));
    return out;
}

void append_pin(row_array& out, const final_job& request) {
    if (request.guess_mac.empty()) {
        for (int i = 0; i < 8; ++i)
            out.null();
        return;
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(request.guess_mac.data());
    const auto parameters = request.job.pin_or_default();
    out.bytes({bytes, request.guess_mac.size()})
        .text(request.guess_key)
        .status(parameters.type)
        .number(parameters.length)
        .number(parameters.expires_in.count())
        .number(parameters.max_tries)
        .boolean(request.job.dialect == dialect::nrs360)
        .boolean(parameters.single_use);
}

// In the order of final_row (sql/009_api.sql).
void append(row_array& out, const final_job& request) {
    const auto& job = request.job;
    out.begin_row()
        .id(request.id)
        .text(job.account)
        .text(job.id)
        .id(request.claim)
        .bytes(request.content_hash)
        .status(job.channel)
        .text(job.to.digits())
        .text(to_spec(job))
        .text_or_null(request.report ? job.report_url : std::string())
        .status(job.report_format)
        .boolean(job.report_refusal)
        .text_or_null(job.reference)
        .text_or_null(request.waiter)
        .text_or_null(job.from.view())
        .time(job.requested_at)
        .time(job.send_by())
        .text_or_null(job.pin ? job.pin->view() : std::string_view())
        .text(request.reason)
        .status(request.nc)
        .status(request.sms)
        .status(request.call)
        .status(request.dlr);
    append_pin(out, request);
    out.end_row();
}

final_answer read_final(const row& from) {
    final_answer out;
    out.ours = from.boolean(1);
    out.id = from.id<message_id>(2);
    out.pin = pin_id(from.text_or_empty(3));
    out.nc = status_of<nc_status>(from, 4);
    out.sms = status_of<sms_status>(from, 5);
    out.call = status_of<call_status>(from, 6);
    out.final = from.boolean(7);
    out.reason = from.text_or_empty(8);
    return out;
}

}  // namespace

std::vector<admission> admit(session& with, std::span<const admission_request> requests) {
    std::vector<admission> out(requests.size());
    if (requests.empty()) return out;
    row_array rows;
    for (const auto& request : requests)
        append(rows, request);
    const auto answer = with.query(
        "select ord, what, job_id, pin_id, scope, retry_ms from admit($1::admit_row[])",
        {rows.take()}
    );
    if (answer.size() != requests.size()) throw unexpected_answer("admit: one row for each row");
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const auto place = static_cast<std::size_t>(answer[i].int32(0)) - 1;
        out.at(place) = read_admission(answer[i]);
    }
    return out;
}

std::vector<final_answer> finish_now(
    session& with, const epoch_id& epoch, std::span<const final_job> requests
) {
    std::vector<final_answer> out(requests.size());
    if (requests.empty()) return out;
    row_array rows;
    std::unordered_map<claim_id, std::size_t> places;
    for (const auto& request : requests) {
        places.emplace(request.claim, places.size());
        append(rows, request);
    }
    const auto answer = with.query(
        "select asked, ours, id, pin_id, nc_status, sms_status, call_status, final, reason"
        " from finish_now($1::uuid, $2::final_row[])",
        {epoch.hex(), rows.take()}
    );
    if (answer.size() != requests.size())
        throw unexpected_answer("finish_now: one row for each row");
    for (std::size_t i = 0; i < answer.size(); ++i)
        out.at(places.at(answer[i].id<claim_id>(0))) = read_final(answer[i]);
    return out;
}

int settle_charges(session& with, int limit) {
    return with.query("select settle_charges($1::integer)", {std::to_string(limit)}).one().int32(0);
}

}  // namespace pinwire::postgres
