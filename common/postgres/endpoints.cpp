#include "common/postgres/endpoints.hpp"

#include <fmt/format.h>

#include "common/postgres/array_literal.hpp"
#include "common/runtime/kill_point.hpp"

namespace pinwire::postgres {
namespace {

// Strangers make origins; operators make settings.
constexpr auto names_max = "20000";

std::string decimal(double value) {
    return fmt::format("{:.3f}", value);
}

endpoint_name name_in(const row& from) {
    endpoint_name out;
    out.account = account_name(from.view(0));
    out.origin = from.text(1);
    return out;
}

std::optional<double> maybe_decimal(const row& from, int column) {
    if (from.is_null(column)) return std::nullopt;
    return std::stod(from.text(column));
}

std::optional<int> maybe_number(const row& from, int column) {
    if (from.is_null(column)) return std::nullopt;
    return from.int32(column);
}

endpoint_setting read_setting(const row& from) {
    endpoint_setting out;
    out.name = name_in(from);
    out.concurrency = maybe_number(from, 2);
    out.rate = maybe_decimal(from, 3);
    out.header = from.text_or_empty(4);
    out.value = from.text_or_empty(5);
    return out;
}

disabled_endpoint read_disabled(const row& from) {
    disabled_endpoint out;
    out.name = name_in(from);
    out.reason = from.text(2);
    out.who = from.text(3);
    out.at = from.time(4);
    return out;
}

endpoint_story read_story(const row& from) {
    endpoint_story out;
    out.name = name_in(from);
    if (!from.is_null(2)) {
        auto& live = out.live.emplace();
        live.name = out.name;
        live.breaker = from.text(2);
        live.queued = from.int64(3);
        live.in_flight = from.int64(4);
        live.tries = maybe_decimal(from, 5).value_or(0);
        live.succeeded = maybe_decimal(from, 6).value_or(0);
        live.latency = milliseconds(from.int64(7));
        live.last_error = from.text_or_empty(8);
        out.last_error = live.last_error;
    }
    out.failing_since = from.maybe_time(9);
    if (out.failing_since) {
        out.failures = from.int64(10);
        out.last_error = from.text_or_empty(11);
    }
    if (!from.is_null(12)) {
        auto& off = out.disabled.emplace();
        off.name = out.name;
        off.reason = from.text(12);
        off.who = from.text(13);
        off.at = from.time(14);
    }
    out.concurrency = maybe_number(from, 15);
    out.rate = maybe_decimal(from, 16);
    out.header = from.text_or_empty(17);
    return out;
}

// What the callbacks noted of each lately, summed. now() and not clock_timestamp(): only what is
// stable can be looked for in an index. Each callback notes a bounded number.
std::string with_live(std::string_view lately) {
    return fmt::format(
        R"(
    with live as (
        select s.account, s.origin,
               min(s.breaker) filter (where s.breaker <> 'closed') as sick, sum(s.queued) as queued,
               sum(s.in_flight) as in_flight, sum(s.tries) as tries, sum(s.succeeded) as succeeded,
               max(s.latency_ms) as latency_ms, max(s.last_error) as last_error
          from endpoint_state s
         where s.noted_at > now() - {}::interval group by s.account, s.origin))",
        lately
    );
}

// Both give the columns that read_story() takes.
constexpr auto stories = R"(,
    names as (
        select account, origin from live union select account, origin from endpoint_failing
         union select account, origin from endpoint_disabled
         union select account, origin from endpoint_setting)
    select n.account, n.origin,
           case when l.queued is not null then coalesce(l.sick, 'closed') end,
           l.queued::bigint, l.in_flight::bigint, l.tries, l.succeeded, l.latency_ms::bigint,
           l.last_error, f.since, f.failures, f.last_error, d.reason, d.who, d.at,
           s.concurrency, s.rate, s.header
      from names n
      left join live l using (account, origin)
      left join endpoint_failing f using (account, origin)
      left join endpoint_disabled d using (account, origin)
      left join endpoint_setting s using (account, origin)
     where $1 = '' or n.account = $1
     order by n.account, n.origin)";

constexpr auto busiest = R"(
    select l.account, l.origin, coalesce(l.sick, 'closed'), l.queued::bigint, l.in_flight::bigint,
           l.tries, l.succeeded, l.latency_ms::bigint, l.last_error, f.since, f.failures,
           f.last_error, null, null, null, null, null, null
      from live l left join endpoint_failing f using (account, origin)
     order by l.sick is null and f.since is null, l.queued desc, l.in_flight desc, l.account,
              l.origin
     limit $2::bigint)";

std::vector<endpoint_story> read_stories(const result& rows) {
    std::vector<endpoint_story> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.push_back(read_story(rows[i]));
    return out;
}

}  // namespace

std::string header_context(const endpoint_name& of) {
    return "endpoint header " + of.account.str() + ' ' + of.origin;
}

boost::system::result<secret, unseal_error> unseal_header(
    const endpoint_setting& of, const std::optional<key_ring>& ring
) {
    if (!ring) return unseal_error::unknown_key;
    return ring->unseal(of.value, header_context(of.name));
}

std::optional<endpoint_tables> read_endpoints(session& with, std::int64_t known) {
    endpoint_tables out;
    // read first: rows that are newer than their version are only read once more
    out.version = with.query("select endpoints_version()").one().int64(0);
    if (out.version == known) return std::nullopt;
    const auto set = with.query(
        "select account, origin, concurrency, rate, header, value from read_endpoint_settings()"
    );
    for (std::size_t i = 0; i < set.size(); ++i)
        out.settings.push_back(read_setting(set[i]));
    const auto off = with.query(
        "select account, origin, reason, who, at from read_disabled_endpoints($1::integer)",
        {names_max}
    );
    for (std::size_t i = 0; i < off.size(); ++i)
        out.disabled.push_back(read_disabled(off[i]));
    return out;
}

std::optional<endpoint_setting> find_endpoint_setting(session& with, const endpoint_name& which) {
    const auto found = with.query(
        "select account, origin, concurrency, rate, header, value"
        " from read_endpoint_setting($1, $2)",
        {which.account.str(), which.origin}
    );
    if (found.size() == 0) return std::nullopt;
    return read_setting(found[0]);
}

std::vector<failing_endpoint> failing_endpoints(session& with) {
    const auto rows = with.query(
        "select account, origin, since from read_failing_endpoints($1::integer)", {names_max}
    );
    std::vector<failing_endpoint> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        failing_endpoint one;
        one.name = name_in(rows[i]);
        one.since = rows[i].time(2);
        out.push_back(std::move(one));
    }
    return out;
}

std::vector<endpoint_turn> note_endpoints(
    session& with,
    const epoch_id& epoch,
    milliseconds off_after,
    std::span<const endpoint_note> notes
) {
    if (notes.empty()) return {};
    row_array rows;
    for (const auto& one : notes) {
        rows.begin_row().text(one.name.account).text(one.name.origin).time(one.succeeded_at);
        rows.number(one.failures).time(one.failing_from).text(one.last_error).end_row();
    }
    const auto answer = with.query(
        "select account, origin, since, stage from note_endpoints($1::uuid, $2::interval,"
        " $3::endpoint_note[])",
        {epoch.hex(), interval_text(off_after), rows.take()}
    );
    std::vector<endpoint_turn> out;
    for (std::size_t i = 0; i < answer.size(); ++i) {
        endpoint_turn one;
        one.name = name_in(answer[i]);
        one.since = answer[i].time(2);
        one.stage = answer[i].int16(3);
        out.push_back(std::move(one));
    }
    return out;
}

void note_endpoint_states(
    session& with, const epoch_id& epoch, std::span<const endpoint_state> states
) {
    row_array rows;
    for (const auto& one : states) {
        rows.begin_row().text(one.name.account).text(one.name.origin).text(one.breaker);
        rows.number(one.queued).number(one.in_flight);
        rows.text(decimal(one.tries)).text(decimal(one.succeeded));
        rows.number(one.latency.count()).text(one.last_error).end_row();
    }
    with.query(
        "select note_endpoint_states($1::uuid, $2::endpoint_state_row[])",
        {epoch.hex(), rows.take()}
    );
}

void forget_endpoints(session& with, milliseconds keep) {
    with.query("select forget_endpoints($1::interval)", {interval_text(keep)});
}

bool disable_endpoint(
    session& with,
    const epoch_id& epoch,
    const endpoint_name& which,
    const std::string& reason,
    const std::string& who
) {
    kill_point("endpoint.before_off");
    const auto answer = with.query(
        "select endpoint_off($1::uuid, $2, $3, $4, $5)",
        {epoch.hex(), which.account.str(), which.origin, reason, who}
    );
    kill_point("endpoint.after_off");
    return answer.one().boolean(0);
}

std::optional<time_point> enable_endpoint(
    session& with, const endpoint_name& which, const std::string& who
) {
    return with
        .query(
            "select endpoint_on($1::uuid, $2, $3, $4)",
            {epoch_id().hex(), which.account.str(), which.origin, who}
        )
        .one()
        .maybe_time(0);
}

void save_endpoint_setting(
    session& with, const std::string& who, const endpoint_name& which, const std::string& columns
) {
    with.query(
        "select save_endpoint_setting($1, $2, $3, $4::jsonb)",
        {who, which.account.str(), which.origin, columns}
    );
}

std::vector<endpoint_story> list_endpoints(
    session& with, const std::string& account, milliseconds lately
) {
    return read_stories(with.query(with_live("$2") + stories, {account, interval_text(lately)}));
}

std::vector<endpoint_story> busiest_endpoints(session& with, milliseconds lately, int limit) {
    const auto bound = std::to_string(limit);
    return read_stories(with.query(with_live("$1") + busiest, {interval_text(lately), bound}));
}

endpoint_backlog backlog_of(session& with, const endpoint_name& which) {
    constexpr auto counts =
        "select (select count(*) from report where account = $1 and url_origin(url) = $2),"
        " (select count(*) from report_retry where account = $1 and url_origin(url) = $2),"
        " (select count(*) from report_dead where account = $1 and url_origin(url) = $2)";
    const auto answer = with.query(counts, {which.account.str(), which.origin});
    endpoint_backlog out;
    out.fresh = answer.one().int64(0);
    out.retries = answer.one().int64(1);
    out.dead = answer.one().int64(2);
    return out;
}

}  // namespace pinwire::postgres
