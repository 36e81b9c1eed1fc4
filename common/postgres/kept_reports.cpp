#include "common/postgres/kept_reports.hpp"

#include "common/postgres/array_literal.hpp"
#include "common/postgres/report_row.hpp"

namespace pinwire::postgres {
namespace {

constexpr const char* page =
    "select k.id, k.job, k.state, k.account, k.url, k.format, k.at, k.tries, k.note"
    " from kept_reports($1, $2, $3, $4::timestamptz, $5::timestamptz, $6::timestamptz,"
    " $7::uuid, $8::integer) k";

constexpr const char* one =
    "select (d.report).id, (d.report).job, (d.report).state, (d.report).account, (d.report).url,"
    " (d.report).format, (d.report).at, (d.report).tries, (d.report).note, d.payload"
    " from describe_report($1::uuid) d";

kept_report read_kept(const row& from) {
    kept_report made;
    made.id = from.id<report_id>(0);
    made.job = from.id<message_id>(1);
    const auto state = parse_report_state(from.view(2));
    if (!state) throw std::runtime_error("report: unknown state " + from.text(2));
    made.state = *state;
    made.account = account_name(from.view(3));
    made.url = from.text(4);
    made.format = static_cast<report_format>(from.int16(5));
    made.at = from.time(6);
    made.tries = from.int32(7);
    made.note = from.text_or_empty(8);
    return made;
}

std::optional<std::string> text_or_none(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

std::string_view to_string(report_state state) {
    switch (state) {
        case report_state::delivered:
            return "delivered";
        case report_state::waiting:
            return "waiting";
        case report_state::dead:
            break;
    }
    return "dead";
}

std::optional<report_state> parse_report_state(std::string_view text) {
    for (const auto state : {report_state::dead, report_state::delivered, report_state::waiting}) {
        if (to_string(state) == text) return state;
    }
    return std::nullopt;
}

std::vector<kept_report> kept_reports(
    session& with,
    report_state state,
    const report_query& query,
    const report_cursor& behind,
    int limit
) {
    const auto rows = with.query(
        page,
        {std::string(to_string(state)),
         text_or_none(query.account),
         text_or_none(query.origin),
         timestamptz_text(query.since),
         timestamptz_text(query.until),
         timestamptz_text(behind.at),
         behind.id.hex(),
         std::to_string(limit)}
    );
    std::vector<kept_report> made;
    made.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        made.push_back(read_kept(rows[i]));
    return made;
}

std::optional<described_report> describe_report(session& with, const std::string& id_hex) {
    const auto rows = with.query(one, {id_hex});
    if (rows.empty()) return std::nullopt;
    described_report made;
    made.report = read_kept(rows[0]);
    made.content = decode_report_payload(made.report.id, rows[0].view(9));
    return made;
}

int replay_reports(
    session& with,
    std::span<const message_id> jobs,
    time_point from,
    std::chrono::microseconds every
) {
    if (jobs.empty()) return 0;
    return with
        .query(
            "select replay_reports($1::uuid[], $2::timestamptz, $3::interval)",
            {id_array(jobs),
             timestamptz_text(from),
             std::to_string(every.count()) + " microseconds"}
        )
        .one()
        .int32(0);
}

void note_replay(
    session& with, const std::string& who, const std::string& account, const std::string& what
) {
    with.query("select note_replay($1, $2, $3::jsonb)", {who, text_or_none(account), what});
}

}  // namespace pinwire::postgres
