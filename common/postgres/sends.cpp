#include "common/postgres/sends.hpp"

#include <map>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

// In the order of work_item (sql/004_send.sql).
work_item read_item(const row& from) {
    work_item out;
    out.attempt = from.id<attempt_id>(0);
    out.job = from.id<message_id>(1);
    out.n = from.int16(2);
    out.route = route_name(from.view(3));
    out.carrier = carrier_name(from.view(4));
    out.state = static_cast<attempt_state>(from.int16(5));
    out.spec = from.text(6);
    out.account = account_name(from.view(7));
    out.pin = pinwire::pin_id(from.text_or_empty(8));
    out.sealed = from.text_or_empty(9);
    out.pin_expires_at = from.maybe_time(10);
    out.send_by = from.time(11);
    out.requested_at = from.time(12);
    out.takeovers = from.int16(13);
    out.repeats = from.int16(14);
    out.set_aside = from.boolean(15);
    out.started_at = from.maybe_time(16);
    out.deadline = from.time(17);
    out.next_at = from.time(18);
    for (auto& route : from.texts(19))
        out.refused.emplace_back(std::move(route));
    return out;
}

// What the job's further attempts are routed by (sql/017_routes.sql); it stands beside the older
// type of row.
void add_routing(session& with, std::vector<work_item>& items) {
    if (items.empty()) return;
    std::map<attempt_id, work_item*> places;
    std::vector<attempt_id> ids;
    for (auto& one : items) {
        ids.push_back(one.attempt);
        places.emplace(one.attempt, &one);
    }
    const auto rows = with.query(
        "select attempt, mccmnc, refused from routing_of($1::uuid[])",
        {id_array(std::span<const attempt_id>(ids))}
    );
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto from = rows[i];
        auto& item = *places.at(from.id<attempt_id>(0));
        item.mccmnc = from.text_or_empty(1);
        item.refused.clear();
        for (auto& route : from.texts(2))
            item.refused.emplace_back(std::move(route));
    }
}

std::vector<work_item> read_items(session& with, const result& rows) {
    std::vector<work_item> out;
    out.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.push_back(read_item(rows[i]));
    add_routing(with, out);
    return out;
}

void append_next(row_array& out, const std::optional<next_attempt>& next) {
    if (!next) {
        for (int i = 0; i < 7; ++i)
            out.null();
        return;
    }
    out.id(next->id)
        .text(next->route)
        .text(next->carrier)
        .boolean(next->start)
        .boolean(next->keep)
        .time(next->next_at)
        .time(next->deadline);
}

void append_end(row_array& out, const record_request& from) {
    out.begin_row().id(from.attempt).text(from.doubt_end);
    if (from.found)
        out.status(from.found->status)
            .text_or_null(from.found->raw_status)
            .text_or_null(from.found->error_code);
    else
        out.null().null().null();
    out.end_row();
}

}  // namespace

std::vector<start_answer> start_sending(
    session& with, const epoch_id& epoch, std::span<const start_request> requests
) {
    std::vector<start_answer> out;
    if (requests.empty()) return out;
    row_array rows;
    for (const auto& request : requests) {
        rows.begin_row().id(request.attempt).time(request.next_at).time(request.deadline).end_row();
    }
    const auto answer = with.query(
        "select attempt, why, sealed, pin_expires_at from start_sending($1::uuid, $2::start_row[])",
        {epoch.hex(), rows.take()}
    );
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const auto from = answer[i];
        start_answer one;
        one.attempt = from.id<attempt_id>(0);
        one.why = from.text_or_empty(1);
        one.sealed = from.text_or_empty(2);
        one.pin_expires_at = from.maybe_time(3);
        out.push_back(std::move(one));
    }
    return out;
}

std::vector<record_answer> record(
    session& with, const epoch_id& epoch, std::span<const record_request> requests
) {
    std::vector<record_answer> out;
    if (requests.empty()) return out;
    row_array rows;
    row_array extras;
    row_array ends;
    for (const auto& request : requests) {
        if (request.next) {
            extras.begin_row()
                .id(request.attempt)
                .number(request.next->parts)
                .number(request.next->cost)
                .end_row();
        }
        if (!request.doubt_end.empty()) append_end(ends, request);
        rows.begin_row()
            .id(request.attempt)
            .status(request.result)
            .text_or_null(request.carrier_message_id)
            .text_or_null(request.error)
            .status(request.call)
            .time(request.next_at)
            .time(request.deadline)
            .boolean(request.repeated);
        append_next(rows, request.next);
        rows.end_row();
    }
    const auto answer = with.query(
        "select attempt, applied, next_n"
        " from record($1::uuid, $2::record_row[], $3::record_extra[], $4::record_end[])",
        {epoch.hex(), rows.take(), extras.take(), ends.take()}
    );
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const auto from = answer[i];
        record_answer one;
        one.attempt = from.id<attempt_id>(0);
        one.applied = from.boolean(1);
        if (!from.is_null(2)) one.next_n = from.int16(2);
        out.push_back(one);
    }
    return out;
}

std::vector<work_item> take_waiting(
    session& with, const epoch_id& epoch, const waiting_query& query
) {
    std::optional<std::string> held;
    if (query.held) held = id_array(std::span<const attempt_id>(*query.held));
    return read_items(
        with,
        with.query(
            "select * from take_waiting($1::uuid, $2, $3::timestamptz, $4::integer, $5::interval,"
            " $6::interval, $7::uuid[])",
            {epoch.hex(),
             query.route.str(),
             timestamptz_text(query.until),
             std::to_string(query.limit),
             interval_text(query.stale),
             interval_text(query.grace),
             held}
        )
    );
}

std::vector<work_item> take_homeless(
    session& with, const epoch_id& epoch, std::span<const route_name> routes, int limit
) {
    std::vector<std::string> names;
    for (const auto& route : routes)
        names.push_back(route.str());
    return read_items(
        with,
        with.query(
            "select * from take_homeless($1::uuid, $2::text[], $3::integer)",
            {epoch.hex(), text_array(names), std::to_string(limit)}
        )
    );
}

int take_over_sending(
    session& with, const epoch_id& epoch, int limit, milliseconds dead_after, int takeovers_max
) {
    const auto answer = with.query(
        "select take_over_sending($1::uuid, $2::integer, $3::interval, $4::integer)",
        {epoch.hex(),
         std::to_string(limit),
         interval_text(dead_after),
         std::to_string(takeovers_max)}
    );
    return answer.one().int32(0);
}

std::vector<work_item> take_in_doubt(
    session& with,
    const epoch_id& epoch,
    int limit,
    milliseconds dead_after,
    milliseconds lease,
    int takeovers_max,
    int together
) {
    return read_items(
        with,
        with.query(
            "select * from take_in_doubt($1::uuid, $2::integer, $3::interval, $4::interval,"
            " $5::integer, $6::integer)",
            {epoch.hex(),
             std::to_string(limit),
             interval_text(dead_after),
             interval_text(lease),
             std::to_string(takeovers_max),
             std::to_string(together)}
        )
    );
}

void postpone(session& with, const epoch_id& epoch, std::span<const postpone_request> requests) {
    if (requests.empty()) return;
    row_array rows;
    for (const auto& request : requests)
        rows.begin_row().id(request.attempt).time(request.next_at).end_row();
    with.query("select postpone($1::uuid, $2::postpone_row[])", {epoch.hex(), rows.take()});
}

bool is_of_another(
    session& with, const carrier_name& carrier, std::string_view id, const attempt_id& attempt
) {
    const auto answer = with.query(
        "select is_of_another($1, $2, $3::uuid)", {carrier.str(), std::string(id), attempt.hex()}
    );
    return answer.one().boolean(0);
}

int give_up_waiting(session& with, const epoch_id& epoch, std::span<const attempt_id> attempts) {
    if (attempts.empty()) return 0;
    const auto answer = with.query(
        "select give_up_waiting($1::uuid, $2::uuid[])", {epoch.hex(), id_array(attempts)}
    );
    return answer.one().int32(0);
}

std::vector<work_item> work_items(session& with, std::span<const attempt_id> attempts) {
    if (attempts.empty()) return {};
    return read_items(
        with, with.query("select * from work_items($1::uuid[])", {id_array(attempts)})
    );
}

}  // namespace pinwire::postgres
