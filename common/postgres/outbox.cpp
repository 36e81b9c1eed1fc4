#include "common/postgres/outbox.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/postgres/array_literal.hpp"

namespace pinwire::postgres {
namespace {

[[noreturn]] void unreadable() {
    throw std::runtime_error("outbox: a row can't be read");
}

std::string text_or_empty(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return {};
    if (!found->is_string()) unreadable();
    return found->get<std::string>();
}

}  // namespace

std::vector<outbox_event> read_events(std::string_view text) {
    const auto rows = nlohmann::json::parse(text, nullptr, false);
    if (!rows.is_array()) unreadable();
    std::vector<outbox_event> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        if (!row.is_object() || !row.contains("event")) unreadable();
        outbox_event one;
        one.key = text_or_empty(row, "key");
        one.waiter = text_or_empty(row, "waiter");
        one.json = row["event"].dump();
        out.push_back(std::move(one));
    }
    return out;
}

std::vector<outbox_row> read_outbox(
    session& with,
    const epoch_id& epoch,
    std::span<const std::int64_t> busy,
    int limit,
    milliseconds orphan
) {
    const auto answer = with.query(
        "select id, events from read_outbox($1::uuid, $2::bigint[], $3::integer, $4::interval)",
        {epoch.hex(), number_array(busy), std::to_string(limit), interval_text(orphan)}
    );
    std::vector<outbox_row> out;
    out.reserve(answer.size());
    for (std::size_t i = 0; i < answer.size(); ++i) {
        outbox_row one;
        one.id = answer[i].int64(0);
        one.events = read_events(answer[i].view(1));
        out.push_back(std::move(one));
    }
    return out;
}

void delete_outbox(session& with, std::span<const std::int64_t> ids) {
    if (ids.empty()) return;
    // Not waited for on disk: undone by a crash of the server, they are published once more.
    with.query(
        "with lazily as materialized (select set_config('synchronous_commit', 'off', true))"
        " select delete_outbox($1::bigint[]) from lazily",
        {number_array(ids)}
    );
}

}  // namespace pinwire::postgres
