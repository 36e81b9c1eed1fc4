#include "common/postgres/route_states.hpp"

#include <fmt/format.h>

#include "common/postgres/array_literal.hpp"

namespace pinwire::postgres {
namespace {

// Of one slice of the window: 50 of them are at most 20,000 rows.
constexpr int attempts_a_slice = 400;

std::string decimal(double value) {
    return fmt::format("{:.3f}", value);
}

double from_thousandths(const row& from, int column) {
    return static_cast<double>(from.int64(column)) / 1000;
}

noted_route_state read_state(const row& from) {
    noted_route_state out;
    out.epoch = from.id<epoch_id>(0);
    out.host = from.text_or_empty(1);
    out.what.route = route_name(from.view(2));
    out.what.state = from.text(3);
    out.what.reason = from.text(4);
    out.what.rate = from_thousandths(from, 5);
    out.what.errors = from_thousandths(from, 6);
    out.what.waiting = from.int64(7);
    out.what.under_way = from.int64(8);
    if (!from.is_null(9)) out.what.confirmed = from_thousandths(from, 9);
    if (!from.is_null(10)) out.what.late = milliseconds(from.int64(10));
    out.since = from.time(11);
    out.noted_at = from.time(12);
    return out;
}

}  // namespace

void note_routes(session& with, const epoch_id& epoch, std::span<const route_state> states) {
    if (states.empty()) return;
    row_array rows;
    for (const auto& one : states) {
        rows.begin_row()
            .text(one.route)
            .text(one.state)
            .text(one.reason)
            .text(decimal(one.rate))
            .text(decimal(one.errors))
            .number(one.waiting)
            .number(one.under_way);
        one.confirmed ? rows.text(decimal(*one.confirmed)) : rows.null();
        one.late ? rows.number(one.late->count()) : rows.null();
        rows.end_row();
    }
    with.query("select note_routes($1::uuid, $2::route_state_row[])", {epoch.hex(), rows.take()});
}

std::vector<noted_route_state> read_route_states(session& with, milliseconds fresh) {
    const auto rows = with.query(
        "select s.epoch, p.host, s.route, s.state, s.reason, (s.rate * 1000)::bigint,"
        " (s.errors * 1000)::bigint, s.waiting, s.under_way, (s.confirmed * 1000)::bigint,"
        " s.late_ms, s.since, s.noted_at"
        " from route_state s left join process p on p.epoch = s.epoch"
        " where s.noted_at > clock_timestamp() - $1::interval and not coalesce(p.dead, false)"
        " order by s.route, s.epoch",
        {interval_text(fresh)}
    );
    std::vector<noted_route_state> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.push_back(read_state(rows[i]));
    return out;
}

void note_senders(session& with, const epoch_id& epoch, std::span<const sender_note> notes) {
    if (notes.empty()) return;
    std::vector<attempt_id> attempts;
    std::vector<std::string> senders;
    for (const auto& one : notes) {
        attempts.push_back(one.attempt);
        senders.push_back(one.sender.str());
    }
    with.query(
        "select note_senders($1::uuid, $2::uuid[], $3::text[])",
        {epoch.hex(), id_array(std::span<const attempt_id>(attempts)), text_array(senders)}
    );
}

std::vector<delivery_answer> route_deliveries(
    session& with, std::span<const delivery_question> questions, time_point until
) {
    std::vector<delivery_answer> out;
    if (questions.empty()) return out;
    std::vector<std::string> routes;
    std::vector<std::string> since;
    for (const auto& one : questions) {
        routes.push_back(one.route.str());
        since.push_back(timestamptz_text(one.since));
    }
    const auto rows = with.query(
        "select route, sent, confirmed, late_ms"
        " from route_deliveries($1::text[], $2::timestamptz[], $3::timestamptz, $4::integer)",
        {text_array(routes),
         text_array(since),
         timestamptz_text(until),
         std::to_string(attempts_a_slice)}
    );
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto from = rows[i];
        delivery_answer one;
        one.route = route_name(from.view(0));
        one.figures.sent = from.int64(1);
        one.figures.confirmed = from.int64(2);
        one.figures.late = milliseconds(from.int64(3));
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace pinwire::postgres
