#include "common/postgres/live_view.hpp"

#include <algorithm>

#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

// From group to group by the index, and in each no further than the bound. now() and not
// clock_timestamp(): only what is stable can be looked for in an index.
constexpr auto groups = R"(
    with recursive found (what, route) as (
        (select d.what, d.route from due d order by d.what, d.route limit 1)
        union all
        select n.what, n.route from found f
         cross join lateral (
               select d.what, d.route from due d where (d.what, d.route) > (f.what, f.route)
                order by d.what, d.route limit 1) n),
    first_ones as (select what, route from found limit 500)
    select s.what, s.route,
           (select count(*) from (select 1 from due d where d.what = s.what and d.route = s.route
                                   order by d.at limit $1::bigint) x),
           (select d.at from due d where d.what = s.what and d.route = s.route
             order by d.at limit 1)
      from first_ones s)";

constexpr auto amounts = R"(
    select now(), pg_stat_get_live_tuples('due'::regclass),
           (select j.accepted_at from job j
             where j.id = (select job from due order by job limit 1)),
           (select count(*) from (select 1 from due where close_at < now() - interval '10 s'
                                   order by close_at limit $1::bigint) x),
           (select count(*) from (select 1 from report order by seq limit $1::bigint) x),
           (select created_at from report order by seq limit 1),
           (select count(*) from (select 1 from report_retry order by due_at limit $1::bigint) x),
           (select due_at from report_retry order by due_at limit 1),
           (select count(*) from (select 1 from report_dead order by died_at, id
                                   limit $1::bigint) x),
           (select count(*) from (select 1 from outbox order by id limit $1::bigint) x),
           (select created_at from outbox order by id limit 1),
           (select count(*) from (select 1 from dlr_parked order by id limit $1::bigint) x),
           (select count(*) from (select 1 from endpoint_failing order by account, origin
                                   limit $1::bigint) x),
           (select count(*) from (select 1 from endpoint_disabled order by account, origin
                                   limit $1::bigint) x),
           pg_stat_get_tuples_inserted('job'::regclass),
           pg_stat_get_tuples_inserted('due'::regclass),
           pg_stat_get_tuples_deleted('due'::regclass))";

// A row for each process of the last week at most.
constexpr auto heard = R"(
    select program, host, beat_at from process
     where not dead and beat_at > now() - interval '1 hour' order by program, host, beat_at
     limit 1000)";

bounded_count counted(const row& from, int column) {
    const auto number = from.int64(column);
    return {std::min(number, count_max), number > count_max};
}

void read_amounts(const row& from, live_view& to) {
    to.now = from.time(0);
    to.unfinished = from.int64(1);
    to.oldest_accepted = from.maybe_time(2);
    to.unclosed = counted(from, 3);
    to.reports_new = counted(from, 4);
    to.oldest_report = from.maybe_time(5);
    to.reports_retry = counted(from, 6);
    to.next_retry = from.maybe_time(7);
    to.reports_dead = counted(from, 8);
    to.outbox = counted(from, 9);
    to.oldest_outbox = from.maybe_time(10);
    to.parked = counted(from, 11);
    to.endpoints_failing = counted(from, 12);
    to.endpoints_disabled = counted(from, 13);
    to.jobs_made = from.int64(14);
    to.due_made = from.int64(15);
    to.due_ended = from.int64(16);
}

}  // namespace

live_view look(session& with) {
    const auto bound = std::to_string(count_max + 1);
    live_view out;
    const auto found = with.query(groups, {bound});
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto from = found[i];
        due_group one;
        one.what = static_cast<due_for>(from.int16(0));
        one.route = from.text(1);
        one.count = counted(from, 2);
        one.first = from.maybe_time(3);
        out.due.push_back(std::move(one));
    }
    read_amounts(with.query(amounts, {bound}).one(), out);
    const auto rows = with.query(heard);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        heard_process one;
        one.program = rows[i].text(0);
        one.host = rows[i].text(1);
        one.beat_at = rows[i].time(2);
        out.processes.push_back(std::move(one));
    }
    return out;
}

}  // namespace pinwire::postgres
