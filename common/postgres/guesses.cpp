#include "common/postgres/guesses.hpp"

#include "common/core/job_codec.hpp"
#include "common/postgres/array_literal.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

constexpr int verifications_max = 100;

pin_facts read_facts(const row& from) {
    pin_facts out;
    out.pin = pin_id(from.view(1));
    out.to = msisdn::parse(from.view(2)).value_or(msisdn());
    out.guess_key = key_id(from.text_or_empty(3));
    out.length = static_cast<std::uint8_t>(from.int16(4));
    out.type = static_cast<pin_type>(from.int16(5));
    out.application = from.text_or_empty(6);
    if (!from.is_null(7) && !from.is_null(8)) {
        out.verify_limit = rate_limit{from.int64(7), std::chrono::milliseconds(from.int64(8))};
    }
    return out;
}

// In the order of guess_row (sql/009_api.sql).
void append(row_array& out, const guess_request& request) {
    out.begin_row()
        .text(request.account)
        .text(request.pin)
        .text(request.to.digits())
        .boolean(request.by_number);
    if (request.mac) {
        out.bytes(*request.mac);
    } else {
        out.null();
    }
    if (request.limit.bounded()) {
        out.text(request.limit_scope)
            .number(request.limit.most)
            .number(request.limit.within.count());
    } else {
        out.null().null().null();
    }
    out.boolean(request.strict).end_row();
}

guess_answer read_answer(const row& from) {
    guess_answer out;
    out.what = static_cast<guess_answer::kind>(from.int16(1));
    out.verified_before = from.boolean(2);
    out.spent = from.boolean(3);
    if (!from.is_null(4)) out.tries_left = from.int32(4);
    if (!from.is_null(5)) out.retry_after = std::chrono::milliseconds(from.int64(5));
    return out;
}

pin_sending read_sending(const row& from) {
    pin_sending out;
    out.id = from.id<message_id>(0);
    out.job = job_id(from.view(1));
    out.channel = static_cast<channel>(from.int16(2));
    out.requested_at = from.time(3);
    out.sent_at = from.maybe_time(4);
    out.final_at = from.maybe_time(5);
    out.nc = status_of<nc_status>(from, 6);
    out.sms = status_of<sms_status>(from, 7);
    out.call = status_of<call_status>(from, 8);
    out.dlr = status_of<dlr_status>(from, 9);
    out.reason = from.text_or_empty(10);
    out.route = from.text_or_empty(11);
    out.attempts = from.int16(12);
    return out;
}

pin_story read_story(const row& from) {
    pin_story out;
    out.pin = pin_id(from.view(0));
    out.to = msisdn::parse(from.view(1)).value_or(msisdn());
    out.type = static_cast<pin_type>(from.int16(2));
    out.length = static_cast<std::uint8_t>(from.int16(3));
    if (!from.is_null(4)) out.tries_left = from.int32(4);
    out.requested_at = from.time(5);
    const auto expires = from.time(6);
    if (expires != never) out.expires_at = expires;
    out.verified_at = from.maybe_time(7);
    out.cancelled_at = from.maybe_time(8);
    out.application = from.text_or_empty(9);
    out.message = from.text_or_empty(10);
    out.repeat = from.text_or_empty(11);
    out.single_use = from.boolean(12);
    return out;
}

void add_sendings(session& with, const account_name& account, pin_story& out) {
    const auto rows = with.query(
        "select id, job_id, channel, requested_at, sent_at, final_at, nc_status, sms_status,"
        " call_status, dlr_status, reason, route, attempts, sender, spec"
        " from sendings_of_pin($1, $2, $3)",
        {account.str(), out.pin.str(), std::string(out.to.digits())}
    );
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.sendings.push_back(read_sending(rows[i]));
    if (rows.empty()) return;
    out.sender = rows[0].text_or_empty(13);
    try {
        out.lookup = from_spec(rows[0].view(14)).lookup;
    } catch (const std::runtime_error&) {
        // another version's row: the resend goes without a lookup
    }
}

}  // namespace

std::vector<std::optional<pin_facts>> find_pins(
    session& with, std::span<const pin_question> questions
) {
    std::vector<std::optional<pin_facts>> out(questions.size());
    if (questions.empty()) return out;
    row_array rows;
    for (const auto& one : questions) {
        rows.begin_row()
            .text(one.account)
            .text_or_null(one.pin.view())
            .text_or_null(one.to.digits())
            .end_row();
    }
    const auto answer = with.query(
        "select ord, pin_id, msisdn, guess_kid, length, type, application, verify_most,"
        " verify_within_ms from find_pins($1::pin_question[])",
        {rows.take()}
    );
    for (std::size_t i = 0; i < answer.size(); ++i)
        out.at(static_cast<std::size_t>(answer[i].int64(0)) - 1) = read_facts(answer[i]);
    return out;
}

std::vector<guess_answer> guess(session& with, std::span<const guess_request> requests) {
    std::vector<guess_answer> out(requests.size());
    if (requests.empty()) return out;
    row_array rows;
    for (const auto& one : requests)
        append(rows, one);
    const auto answer = with.query(
        "select ord, what, verified_before, spent, tries_left, retry_ms from "
        "guess($1::guess_row[])",
        {rows.take()}
    );
    if (answer.size() != requests.size()) throw unexpected_answer("guess: one row for each row");
    for (std::size_t i = 0; i < answer.size(); ++i)
        out.at(static_cast<std::size_t>(answer[i].int32(0)) - 1) = read_answer(answer[i]);
    return out;
}

bool cancel_pin(session& with, const account_name& account, const pin_id& pin) {
    return with.query("select cancel_pin($1, $2)", {account.str(), pin.str()}).one().boolean(0);
}

std::optional<pin_story> story_of_pin(session& with, const pin_question& which) {
    const auto rows = with.query(
        "select pin_id, msisdn, type, length, tries_left, requested_at, expires_at, verified_at,"
        " cancelled_at, application, message, repeat, single_use from story_of_pin($1, $2, $3)",
        {which.account.str(),
         null_if_empty(which.pin.str()),
         null_if_empty(std::string(which.to.digits()))}
    );
    if (rows.empty()) return std::nullopt;
    auto out = read_story(rows[0]);
    add_sendings(with, which.account, out);
    return out;
}

std::vector<verification> verifications(
    session& with, const account_name& account, const std::string& application, const msisdn& to
) {
    const auto rows = with.query(
        "select msisdn, verified_at, sent_at from verifications_of($1, $2, $3, $4::integer)",
        {account.str(), application, std::string(to.digits()), std::to_string(verifications_max)}
    );
    std::vector<verification> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        verification one;
        one.to = msisdn::parse(rows[i].view(0)).value_or(msisdn());
        one.verified_at = rows[i].maybe_time(1);
        one.verified = one.verified_at.has_value();
        one.sent_at = rows[i].maybe_time(2);
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace pinwire::postgres
