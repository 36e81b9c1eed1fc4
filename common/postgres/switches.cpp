#include "common/postgres/switches.hpp"

#include "common/postgres/array_literal.hpp"

namespace pinwire::postgres {
namespace {

constexpr auto columns = "select kind, name, reason, who, at, expires_at from read_suspensions()";

// None: another version wrote it.
std::optional<suspension> read_suspension(const row& from) {
    const auto kind = parse_switch_kind(from.view(0));
    if (!kind) return std::nullopt;
    suspension out;
    out.kind = *kind;
    out.name = from.text(1);
    out.reason = from.text(2);
    out.who = from.text(3);
    out.at = from.time(4);
    out.expires_at = from.maybe_time(5);
    return out;
}

std::string text_of(switch_kind kind) {
    return std::string(to_string(kind));
}

}  // namespace

std::vector<suspension> list_suspensions(session& with) {
    std::vector<suspension> out;
    const auto rows = with.query(columns);
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (auto one = read_suspension(rows[i])) out.push_back(std::move(*one));
    return out;
}

std::optional<suspension_table> read_suspensions(session& with, std::int64_t known) {
    suspension_table out;
    // read first: rows that are newer than their version are only read once more
    out.version = with.query("select suspensions_version()").one().int64(0);
    if (out.version == known) return std::nullopt;
    out.all = list_suspensions(with);
    return out;
}

bool suspend(session& with, const suspension_change& change) {
    std::optional<std::string> lasts;
    if (change.lasts) lasts = interval_text(*change.lasts);
    return with
        .query(
            "select suspend($1, $2, $3, $4, $5::interval)",
            {change.who, text_of(change.kind), change.name, change.reason, lasts}
        )
        .one()
        .boolean(0);
}

bool resume(session& with, const std::string& who, switch_kind kind, const std::string& name) {
    return with.query("select resume($1, $2, $3)", {who, text_of(kind), name}).one().boolean(0);
}

bool account_key_exists(session& with, const std::string& name) {
    return with.query("select account_key_exists($1)", {name}).one().boolean(0);
}

}  // namespace pinwire::postgres
