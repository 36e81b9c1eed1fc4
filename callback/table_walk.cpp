#include "callback/table_walk.hpp"

#include <iterator>
#include <limits>

#include "common/runtime/database_clock.hpp"

namespace pinwire::callback {
namespace {

using postgres::endpoint_choice;
using postgres::passed_endpoint;
using postgres::retry_place;
using postgres::session;

// Of one look, past those that can't have a turn.
constexpr int rows_seen_max = 2000;
constexpr int newest_rows_seen_max = 5000;  // it looks 2,000 back
constexpr int own_rows_seen_max = 5000;     // for a single endpoint
constexpr std::chrono::seconds retries_come_late{10};

struct look_of {
    session& db;
    const epoch_id& owner;
    std::chrono::milliseconds lease;
    const endpoint_choice& whose;
};

constexpr auto table_end = std::numeric_limits<std::int64_t>::max();

std::vector<postgres::report_row> take(
    const look_of& on, std::int64_t after, const std::optional<std::int64_t>& upto
) {
    return postgres::take_reports(
        on.db, on.owner, after, walk_rows_max, on.lease, on.whose, upto.value_or(table_end)
    );
}
std::vector<postgres::retry_row> take(
    const look_of& on, const retry_place& after, const std::optional<retry_place>& upto
) {
    return postgres::take_retries(
        on.db, on.owner, walk_rows_max, on.lease, on.whose, after, upto.value_or(retry_place())
    );
}

std::optional<std::int64_t> end_of_look(session& db, std::int64_t after, int rows) {
    return postgres::report_look_end(db, after, rows);
}
std::optional<retry_place> end_of_look(session& db, const retry_place& after, int rows) {
    const auto end = postgres::retry_look_end(db, after, rows);
    if (!end.due_at) return std::nullopt;
    return end;
}

std::vector<passed_endpoint<std::int64_t>> passed(
    const look_of& on, std::int64_t after, const std::optional<std::int64_t>& upto
) {
    return postgres::passed_reports(on.db, after, upto.value_or(table_end), on.whose);
}
std::vector<passed_endpoint<retry_place>> passed(
    const look_of& on, const retry_place& after, const std::optional<retry_place>& upto
) {
    return postgres::passed_retries(on.db, after, upto.value_or(retry_place()), on.whose);
}

std::int64_t place_of(const postgres::report_row& row) {
    return row.seq;
}
retry_place place_of(const postgres::retry_row& row) {
    retry_place made;
    made.due_at = row.due_at;
    made.id = row.report.id;
    return made;
}

std::int64_t newest_of(session& db, std::int64_t) {
    return postgres::report_tail(db);
}
// Whoever wrote it had put its time ahead.
retry_place newest_of(session&, const retry_place&) {
    retry_place made;
    made.due_at = database_clock::now() - retries_come_late;
    return made;
}

std::int64_t start_of(session& db, std::int64_t) {
    return postgres::report_low_water(db);
}
retry_place start_of(session&, const retry_place&) {
    return {};
}

}  // namespace

template <class Table>
typename table_walk<Table>::one_look table_walk<Table>::look_from(
    session& db, const place& after, const endpoint_choice& whose, int rows_seen
) const {
    const look_of on{db, owner_, lease_, whose};
    one_look made;
    made.made = true;
    const bool some = !whose.but_accounts.empty() || !whose.only_account.empty();
    if (some) made.next = end_of_look(db, after, rows_seen);
    made.rows = take(on, after, made.next);
    if (made.rows.size() >= static_cast<std::size_t>(walk_rows_max))
        made.next = place_of(made.rows.back());
    return made;
}

template <class Table>
typename table_walk<Table>::looks table_walk<Table>::look_around(
    session& db, const endpoint_choice& whose, const own_place& own, bool newest_too
) const {
    looks made;
    made.tail = newest_of(db, place());
    const bool some = !whose.but_accounts.empty();
    const auto look_behind = [&](const place& after, int rows_seen) {
        auto one = look_from(db, after, whose, rows_seen);
        if (!some) return one;
        const look_of on{db, owner_, lease_, whose};
        auto more = passed(on, after, one.next);
        std::move(more.begin(), more.end(), std::back_inserter(made.passed));
        return one;
    };
    if (newest_too) made.newest = look_behind(tail_.value_or(made.tail), newest_rows_seen_max);
    made.round = look_behind(round_, rows_seen_max);
    if (!made.round.next) made.start = start_of(db, place());
    if (!own) return made;
    endpoint_choice only;
    only.only_account = own->first.account.str();
    only.only_origin = own->first.origin;
    made.own = look_from(db, own->second, only, own_rows_seen_max);
    return made;
}

template <class Table>
awaitable<typename table_walk<Table>::found> table_walk<Table>::look(
    endpoint_choice whose, has_room room
) {
    const auto own = left_.next(room);
    const bool newest_too = amid_ || !whose.but_accounts.empty();
    auto work = [this, whose, own, newest_too](session& db) {
        return look_around(db, whose, own, newest_too);
    };
    looks got;
    try {
        got = co_await database_.run(std::move(work));
    } catch (const postgres::database_error&) {
        if (own) left_.note(own->first, own->second);
        throw;
    }
    for (const auto& one : got.passed) {
        endpoint_key key;
        key.account = one.account;
        key.origin = one.origin;
        left_.note(key, one.behind);
    }
    amid_ = got.round.next.has_value();
    round_ = got.round.next.value_or(got.start);
    if (newest_too || !amid_) tail_ = got.newest.next.value_or(got.tail);
    if (own && got.own.next) left_.note(own->first, *got.own.next);
    found made;
    made.more = got.newest.next || got.round.next || got.own.next;
    for (auto* part : {&got.newest.rows, &got.round.rows, &got.own.rows})
        std::move(part->begin(), part->end(), std::back_inserter(made.rows));
    co_return made;
}

template class table_walk<fresh_table>;
template class table_walk<retry_table>;

}  // namespace pinwire::callback
