#include "common/postgres/plans.hpp"

#include <charconv>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

// The number that the text begins with, and the space behind it; both leave the text.
std::int64_t take_number(std::string_view& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data() + text.size() || *end != ' ')
        throw unexpected_answer("a plan's try");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return number;
}

// "STEP REFUSED COST ROUTE", as plan_tries() writes them.
std::vector<plan_try> read_tries(const row& from, int column) {
    std::vector<plan_try> out;
    for (const auto& text : from.texts(column)) {
        std::string_view rest = text;
        plan_try one;
        one.step = static_cast<int>(take_number(rest));
        one.refused = take_number(rest) != 0;
        one.cost = take_number(rest);
        one.route = route_name(rest);
        out.push_back(std::move(one));
    }
    return out;
}

due_step read_step(const row& from) {
    due_step out;
    out.attempt = from.id<attempt_id>(0);
    out.job = from.id<message_id>(1);
    out.n = from.int16(2);
    out.step = from.int16(3);
    out.step_at = from.maybe_time(4);
    out.spec = from.text(5);
    out.pin = pinwire::pin_id(from.text_or_empty(6));
    out.pin_expires_at = from.maybe_time(7);
    out.send_by = from.time(8);
    out.tries = read_tries(from, 9);
    out.mccmnc = from.text_or_empty(10);
    return out;
}

// The next step's part of step_row.
void append_next(row_array& out, const std::optional<begun_step>& next) {
    if (!next) {
        for (int i = 0; i < 11; ++i)
            out.null();
        return;
    }
    const auto& attempt = next->attempt;
    out.id(attempt.id)
        .text(attempt.route)
        .text(attempt.carrier)
        .boolean(attempt.keep)
        .time(attempt.next_at)
        .time(attempt.deadline)
        .number(attempt.parts)
        .number(attempt.cost)
        .number(next->step)
        .status(next->channel);
    if (next->after) {
        out.text(interval_text(*next->after));
    } else {
        out.null();
    }
}

}  // namespace

std::vector<plan_fact> plan_facts(session& with, std::span<const attempt_id> attempts) {
    std::vector<plan_fact> out;
    if (attempts.empty()) return out;
    const auto answer = with.query(
        "select attempt, step, cost, tries from plan_facts($1::uuid[])", {id_array(attempts)}
    );
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const auto from = answer[i];
        plan_fact one;
        one.attempt = from.id<attempt_id>(0);
        one.step = from.int16(1);
        one.cost = from.int64(2);
        one.tries = read_tries(from, 3);
        out.push_back(std::move(one));
    }
    return out;
}

std::vector<due_step> take_steps(
    session& with, const epoch_id& epoch, const due_steps_query& query
) {
    const auto answer = with.query(
        "select s.attempt, s.job, s.n, s.step, s.step_at, s.spec, s.pin_id, s.pin_expires_at,"
        " s.send_by, s.tries, r.mccmnc"
        " from take_steps($1::uuid, $2::integer, $3::interval, $4::interval) s"
        " cross join lateral routing_of(array[s.attempt]) r",
        {epoch.hex(),
         std::to_string(query.limit),
         interval_text(query.skew),
         interval_text(query.lease)}
    );
    std::vector<due_step> out;
    out.reserve(answer.size());
    for (std::size_t i = 0; i < answer.size(); ++i)
        out.push_back(read_step(answer[i]));
    return out;
}

std::vector<step_answer> begin_steps(
    session& with, const epoch_id& epoch, std::span<const step_request> requests
) {
    std::vector<step_answer> out;
    if (requests.empty()) return out;
    row_array rows;
    for (const auto& request : requests) {
        rows.begin_row().id(request.attempt).time(request.step_at);
        append_next(rows, request.next);
        rows.end_row();
    }
    const auto answer = with.query(
        "select attempt, next_n from begin_steps($1::uuid, $2::step_row[])",
        {epoch.hex(), rows.take()}
    );
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const auto from = answer[i];
        step_answer one;
        one.attempt = from.id<attempt_id>(0);
        if (!from.is_null(1)) one.next_n = from.int16(1);
        out.push_back(one);
    }
    return out;
}

}  // namespace pinwire::postgres
