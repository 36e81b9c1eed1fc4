#include "tests/integration/mirror/twin.hpp"

#include <algorithm>
#include <set>

#include "common/postgres/liveness.hpp"
#include "tests/integration/mirror/describe.hpp"
#include "tests/support/migrated/migrated_database.hpp"

namespace pinwire::mirror {
namespace {

using namespace std::chrono_literals;
using postgres::time_point;

constexpr const char* virtual_clock = R"(
create schema virtual;
create function virtual.clock_timestamp() returns timestamptz language sql volatile as
$$ select pg_catalog.current_setting('virtual.now')::timestamptz $$;
create function virtual.ms(timestamptz) returns text language sql as
$$ select case when $1 is null or $1 = 'infinity' or $1 = '-infinity' then '-'
               else (extract(epoch from $1) * 1000)::bigint::text end $$;
create function virtual.num(uuid) returns text language sql as
$$ select case when $1 is null then '-' else ('x' || right($1::text, 8))::bit(32)::int::text end $$;
create function virtual.txt(anyelement) returns text language sql as
$$ select coalesce($1::text, '-') $$;
create function virtual.said(text) returns text language sql as
$$ select concat_ws('|', virtual.txt($1::json ->> 'sms_status'),
                    virtual.txt($1::json ->> 'call_status'),
                    virtual.txt($1::json ->> 'dlr_status'), ($1::json ->> 'in_doubt')::boolean,
                    virtual.txt($1::json ->> 'reason')) $$;
alter table pinwire.job alter accepted_at set default virtual.clock_timestamp();
alter table pinwire.pin alter minted_at set default virtual.clock_timestamp();
alter table pinwire.attempt alter created_at set default virtual.clock_timestamp();
alter table pinwire.process alter beat_at set default virtual.clock_timestamp();
do $$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and array_to_string(p.proconfig, ',') like '%search_path%' loop
        execute format('alter function %s set search_path = virtual, pinwire, pg_catalog, pg_temp',
                       v_function.signature);
    end loop;
end $$;
)";

template <class Id>
Id id_of(int number) {
    std::array<std::uint8_t, 16> bytes{};
    for (int i = 0; i < 4; ++i)
        bytes[static_cast<std::size_t>(15 - i)] = static_cast<std::uint8_t>(number >> (8 * i));
    return Id(bytes);
}
template <class Id>
int number_of(const Id& id) {
    int number = 0;
    for (std::size_t i = 12; i < 16; ++i)
        number = number * 256 + id.bytes()[i];
    return number;
}
template <class Id>
std::optional<Id> maybe_id(int number) {
    if (number == 0) return std::nullopt;
    return id_of<Id>(number);
}

std::string text_of(int carrier_id) {
    if (carrier_id == 0) return {};
    auto digits = std::to_string(carrier_id);
    return "ID" + std::string(6 - digits.size(), '0') + digits;
}
route_name route_of(int number) {
    return route_name("r" + std::to_string(number));
}
carrier_name carrier_of(int number) {
    return carrier_name("c" + std::to_string(number));
}
msisdn phone(int number) {
    return *msisdn::parse("44770090012" + std::to_string(number));
}
std::optional<time_point> maybe(const std::optional<moment>& at) {
    if (!at) return std::nullopt;
    return time_point(*at);
}
std::chrono::seconds seconds_of(mirror::span length) {
    return std::chrono::duration_cast<std::chrono::seconds>(length);
}
std::string when(const std::optional<time_point>& at) {
    if (!at || *at == postgres::never) return "never";
    return std::to_string(std::chrono::time_point_cast<mirror::span>(*at).time_since_epoch().count()
    );
}
std::string when(const std::optional<moment>& at) {
    if (!at || *at == moment::max()) return "never";
    return std::to_string(at->time_since_epoch().count());
}

postgres::claim_request request_of(const claim_row& r) {
    postgres::claim_request out;
    out.id = id_of<message_id>(r.id);
    out.account = account_name("acme");
    out.job = job_id("j" + std::to_string(r.key));
    out.claim = id_of<claim_id>(r.claim);
    out.content_hash.fill(static_cast<std::uint8_t>(r.hash));
    out.channel = r.on;
    out.to = phone(r.number);
    out.spec = "{}";
    if (r.wants_report) out.report_url = "https://customer.example/dlr";
    out.report_refusal = r.report_refusal;
    out.requested_at = r.requested_at;
    out.send_by = r.send_by;
    out.reason = r.reason;
    if (r.pin) {
        out.pin.emplace();
        out.pin->id = pinwire::pin_id("pin-" + std::to_string(r.pin->id));
        out.pin->sealed = "v1.k.sealed";
        out.pin->by_number = r.pin->by_number;
        out.pin->parameters.max_tries = static_cast<std::uint32_t>(r.pin->max_tries);
        out.pin->parameters.expires_in =
            r.pin->expires_in ? seconds_of(*r.pin->expires_in) : std::chrono::seconds(0);
    }
    if (r.attempt) {
        out.attempt.emplace();
        out.attempt->id = id_of<attempt_id>(r.attempt->id);
        out.attempt->route = route_of(r.attempt->route);
        out.attempt->carrier = carrier_of(r.attempt->carrier);
        out.attempt->start = r.attempt->start;
        out.attempt->keep = r.attempt->keep;
        out.attempt->next_at = r.attempt->next_at;
        out.attempt->deadline = r.attempt->deadline;
        out.attempt->cost = r.attempt->cost;
    }
    if (r.plan) {
        out.plan.emplace();
        out.plan->step = r.plan->step;
        out.plan->channel = r.plan->on;
        if (r.plan->after) out.plan->after = seconds_of(*r.plan->after);
    }
    return out;
}

postgres::next_attempt next_of(const attempt_wish& a) {
    postgres::next_attempt out;
    out.id = id_of<attempt_id>(a.id);
    out.route = route_of(a.route);
    out.carrier = carrier_of(a.carrier);
    out.start = a.start;
    out.keep = a.keep;
    out.next_at = a.next_at;
    out.deadline = a.deadline;
    out.cost = a.cost;
    return out;
}

postgres::record_request request_of(const record_row& r) {
    postgres::record_request out;
    out.attempt = id_of<attempt_id>(r.attempt);
    out.result = static_cast<postgres::record_result>(r.result);
    out.carrier_message_id = text_of(r.carrier_id);
    out.error = r.error;
    out.call = r.call;
    out.next_at = maybe(r.next_at);
    out.deadline = maybe(r.deadline);
    out.repeated = r.repeated;
    if (r.next) out.next = next_of(*r.next);
    out.doubt_end = r.how;
    if (r.found) {
        out.found.emplace();
        out.found->status = *r.found;
    }
    return out;
}

postgres::dlr_entry entry_of(const dlr_row& r) {
    postgres::dlr_entry out;
    out.token = maybe_id<attempt_id>(r.token);
    out.reference = maybe_id<attempt_id>(r.reference);
    out.carrier = carrier_of(r.carrier);
    out.carrier_message_id = text_of(r.carrier_id);
    if (r.number != 0) out.to = phone(r.number);
    out.status = r.status;
    out.call = r.call;
    out.error_code = r.error;
    out.at = r.at;
    out.alone = r.alone;
    out.entry = R"({"carrier_message_id":")" + text_of(r.carrier_id) + R"("})";
    return out;
}

// Answers that come in no order.
template <class Answers, class Text>
std::string sorted(const Answers& answers, Text text) {
    std::multiset<std::string> lines;
    for (const auto& one : answers)
        lines.insert(text(one));
    std::string all;
    for (const auto& one : lines)
        all += one + "; ";
    return all;
}

std::string numbers(const std::vector<int>& ids) {
    return sorted(ids, [](int id) { return std::to_string(id); });
}
std::string numbers(const std::vector<postgres::work_item>& rows) {
    return sorted(rows, [](const auto& one) { return std::to_string(number_of(one.attempt)); });
}

}  // namespace

twin::twin() : database_(test::migrated_database()) {
    postgres::connection_settings with;
    with.conninfo = database_->conninfo("postgres");
    with.statement_timeout = 30s;
    session_ = std::make_unique<postgres::session>(with);
    session_->script(virtual_clock);
    session_->query(
        "select set_config('search_path', 'virtual, pinwire, pg_catalog, pg_temp', false),"
        " set_config('synchronous_commit', 'off', false)"
    );
}

twin::~twin() = default;

void twin::clear() {
    session_->script(
        "delete from job; delete from pin; delete from attempt; delete from due;"
        " delete from carrier_ref; delete from other_ref; delete from report; delete from "
        "report_retry;"
        " delete from report_dead; delete from report_try; delete from outbox;"
        " delete from dlr_parked; delete from dlr_history; delete from process;"
        " delete from settled"
    );
    rows_ = {};
    rows_.settled.resize(2);
    reports_.clear();
    answers_.clear();
    postgres::settled_partitions(*session_, 2);
}

void twin::set(moment now) {
    now_ = now;
    const auto ms = std::to_string(now.time_since_epoch().count());
    session_->query(
        "select set_config('virtual.now', to_timestamp($1::bigint / 1000.0)::text, false)", {ms}
    );
}

bool twin::same(const std::string& ours, const std::string& theirs) {
    if (ours == theirs) return true;
    answers_ = "answers differ\nmirror:     " + ours + "\nPostgreSQL: " + theirs + "\n";
    return false;
}

bool twin::claim(int epoch, const std::vector<claim_row>& rows) {
    std::vector<postgres::claim_request> requests;
    for (const auto& r : rows)
        requests.push_back(request_of(r));
    const auto ours = mirror::claim(rows_, now_, epoch, rows);
    const auto theirs = postgres::claim(*session_, id_of<epoch_id>(epoch), requests);
    const auto one = [](const claim_answer& a) {
        return std::to_string(a.asked) + " " + std::to_string(a.claim) + " " +
               (a.final   ? a.reason
                : a.state ? std::string(to_string(*a.state))
                          : "none") +
               " " + std::to_string(a.owner) + " " + (a.sealed ? "sealed " : "gone ") +
               when(a.pin_expires_at);
    };
    const auto other = [](const postgres::claim_answer& a) {
        return std::to_string(number_of(a.asked)) + " " + std::to_string(number_of(a.claim)) + " " +
               (a.final   ? a.reason
                : a.state ? std::string(to_string(*a.state))
                          : "none") +
               " " + std::to_string(a.owner ? number_of(*a.owner) : 0) + " " +
               (!a.sealed.empty() ? "sealed " : "gone ") + when(a.pin_expires_at);
    };
    return same(sorted(ours, one), sorted(theirs, other));
}

bool twin::start(int epoch, const start_row& r) {
    postgres::start_request request;
    request.attempt = id_of<attempt_id>(r.attempt);
    request.next_at = r.next_at;
    request.deadline = r.deadline;
    const auto ours = mirror::start_sending(rows_, now_, epoch, {&r, 1});
    const auto theirs = postgres::start_sending(*session_, id_of<epoch_id>(epoch), {&request, 1});
    const auto text = [](const auto& a) { return a.why + " " + when(a.pin_expires_at); };
    return same(sorted(ours, text), sorted(theirs, text));
}

bool twin::record(int epoch, const std::vector<record_row>& rows) {
    std::vector<postgres::record_request> requests;
    for (const auto& r : rows)
        requests.push_back(request_of(r));
    const auto ours = mirror::record(rows_, now_, epoch, rows);
    const auto theirs = postgres::record(*session_, id_of<epoch_id>(epoch), requests);
    const auto one = [](const record_answer& a) {
        return std::to_string(a.attempt) + (a.applied ? " applied " : " moved on ") +
               std::to_string(a.next_n);
    };
    const auto other = [](const postgres::record_answer& a) {
        return std::to_string(number_of(a.attempt)) + (a.applied ? " applied " : " moved on ") +
               std::to_string(a.next_n.value_or(0));
    };
    return same(sorted(ours, one), sorted(theirs, other));
}

bool twin::take_waiting(int epoch, const waiting_query& of) {
    postgres::waiting_query query;
    query.route = route_of(of.route);
    query.until = of.until;
    query.limit = 1000;
    query.stale = of.stale;
    query.grace = of.grace;
    query.held.emplace();
    for (const int id : of.held)
        query.held->push_back(id_of<attempt_id>(id));
    const auto ours = mirror::take_waiting(rows_, now_, epoch, of);
    return same(
        numbers(ours), numbers(postgres::take_waiting(*session_, id_of<epoch_id>(epoch), query))
    );
}

bool twin::take_over(int epoch, mirror::span dead_after, int takeovers_max) {
    const auto ours = mirror::take_over_sending(rows_, now_, epoch, dead_after, takeovers_max);
    const int theirs = postgres::take_over_sending(
        *session_, id_of<epoch_id>(epoch), 1000, dead_after, takeovers_max
    );
    return same(std::to_string(ours.size()), std::to_string(theirs));
}

bool twin::take_in_doubt(
    int epoch, mirror::span dead_after, mirror::span lease, int takeovers_max
) {
    // few rows live at once here: more than two make a crowd
    const int together = 2;
    const auto ours =
        mirror::take_in_doubt(rows_, now_, epoch, dead_after, lease, takeovers_max, together);
    const auto theirs = postgres::take_in_doubt(
        *session_, id_of<epoch_id>(epoch), 1000, dead_after, lease, takeovers_max, together
    );
    return same(numbers(ours), numbers(theirs));
}

bool twin::postpone(int epoch, int attempt, moment next_at) {
    const postgres::postpone_request request{id_of<attempt_id>(attempt), next_at};
    mirror::postpone(rows_, now_, epoch, attempt, next_at);
    postgres::postpone(*session_, id_of<epoch_id>(epoch), {&request, 1});
    return true;
}

bool twin::give_up(int epoch, int attempt) {
    const auto id = id_of<attempt_id>(attempt);
    const int ours = mirror::give_up_waiting(rows_, epoch, {&attempt, 1});
    const int theirs = postgres::give_up_waiting(*session_, id_of<epoch_id>(epoch), {&id, 1});
    return same(std::to_string(ours), std::to_string(theirs));
}

bool twin::take_steps(
    int epoch, mirror::span skew, mirror::span lease, std::vector<due_step>& taken
) {
    postgres::due_steps_query query;
    query.limit = 1000;
    query.skew = skew;
    query.lease = lease;
    taken = mirror::take_steps(rows_, now_, skew, lease);
    const auto theirs = postgres::take_steps(*session_, id_of<epoch_id>(epoch), query);
    const auto one = [](const due_step& a) {
        return std::to_string(a.attempt) + " " + std::to_string(a.n) + " " +
               std::to_string(a.step) + " " + when(a.step_at);
    };
    const auto other = [](const postgres::due_step& a) {
        return std::to_string(number_of(a.attempt)) + " " + std::to_string(a.n) + " " +
               std::to_string(a.step) + " " + when(a.step_at);
    };
    return same(sorted(taken, one), sorted(theirs, other));
}

bool twin::begin_step(int epoch, const step_row& r) {
    postgres::step_request request;
    request.attempt = id_of<attempt_id>(r.attempt);
    request.step_at = r.step_at;
    if (r.next) {
        request.next.emplace();
        request.next->attempt = next_of(*r.next);
        request.next->step = r.plan.step;
        request.next->channel = r.plan.on;
        if (r.plan.after) request.next->after = seconds_of(*r.plan.after);
    }
    const auto ours = mirror::begin_steps(rows_, now_, epoch, {&r, 1});
    const auto theirs = postgres::begin_steps(*session_, id_of<epoch_id>(epoch), {&request, 1});
    const auto one = [](const step_answer& a) { return std::to_string(a.next_n); };
    const auto other = [](const postgres::step_answer& a) {
        return std::to_string(a.next_n.value_or(0));
    };
    return same(sorted(ours, one), sorted(theirs, other));
}

bool twin::settle(int epoch, const std::vector<dlr_row>& rows, const std::vector<mark>& marks) {
    postgres::settle_request request;
    for (const auto& r : rows)
        request.entries.push_back(entry_of(r));
    for (const auto& m : marks)
        request.marks.push_back({m.partition, m.until});
    const auto ours = mirror::settle(rows_, now_, epoch, rows, marks, 5s, 60s);
    const auto theirs = postgres::settle(*session_, id_of<epoch_id>(epoch), request);
    const auto text = [](const auto& a) {
        return std::to_string(a.matched) + " matched, " + std::to_string(a.parked) + " parked";
    };
    return same(text(ours), text(theirs));
}

// Those that are due, as the settler does it; known by their intake, which is each one's own.
bool twin::settle_parked(int epoch) {
    const auto ids = mirror::take_parked(rows_, now_, 2s);
    const auto taken = postgres::take_parked(*session_, 1000, 2s);
    if (!same(std::to_string(ids.size()), std::to_string(taken.size()))) return false;
    std::vector<postgres::parked_entry> entries;
    for (const auto& one : taken) {
        for (const auto& p : rows_.parked) {
            if (time_point(p.entry.at) != one.intake_at) continue;
            postgres::parked_entry made;
            made.id = one.id;
            made.dlr = entry_of(p.entry);
            entries.push_back(std::move(made));
        }
    }
    const auto ours = mirror::settle_parked(rows_, now_, epoch, ids, 60s);
    const auto theirs = postgres::settle_parked(*session_, id_of<epoch_id>(epoch), entries, 60s);
    return same(std::to_string(ours.matched), std::to_string(theirs.matched));
}

bool twin::close_overdue(int epoch, const overdue_query& of) {
    postgres::overdue_query query;
    query.limit = 1000;
    query.grace = of.grace;
    query.skew = of.skew;
    query.reporter = maybe_id<epoch_id>(of.reporter);
    query.lease = of.lease;
    const int ours = mirror::close_overdue(rows_, now_, of);
    const auto theirs = postgres::close_overdue(*session_, id_of<epoch_id>(epoch), query);
    return same(std::to_string(ours), std::to_string(theirs.closed));
}

bool twin::beat(int epoch) {
    postgres::heartbeat who;
    who.epoch = id_of<epoch_id>(epoch);
    who.program = "worker";
    who.instance = "i" + std::to_string(epoch);
    who.host = "here";
    mirror::beat(rows_, now_, epoch, epoch);
    postgres::beat(*session_, who);
    return true;
}

bool twin::farewell(int epoch) {
    mirror::farewell(rows_, epoch);
    postgres::farewell(*session_, id_of<epoch_id>(epoch));
    return true;
}

bool twin::take_reports(int epoch, mirror::span lease) {
    const auto ours = mirror::take_reports(rows_, now_, epoch, lease);
    const auto theirs = postgres::take_reports(*session_, id_of<epoch_id>(epoch), 0, 1000, lease);
    const auto text = [](const auto& one) { return std::to_string(number_of(one.job)); };
    return same(numbers(ours), sorted(theirs, text));
}

bool twin::take_retries(int epoch, mirror::span lease) {
    const auto ours = mirror::take_retries(rows_, now_, epoch, lease);
    const auto theirs = postgres::take_retries(*session_, id_of<epoch_id>(epoch), 1000, lease);
    const auto text = [](const auto& one) { return std::to_string(number_of(one.report.job)); };
    return same(numbers(ours), sorted(theirs, text));
}

bool twin::finish_report(int epoch, const report_result& r) {
    auto known = reports_.find(r.job);
    if (known == reports_.end()) {
        const auto id = session_->query(
            "select report_id_of($1::uuid, 1::smallint)", {id_of<message_id>(r.job).hex()}
        );
        known = reports_.emplace(r.job, id.one().id<report_id>(0)).first;
    }
    postgres::report_result out;
    out.id = known->second;
    out.outcome = static_cast<postgres::report_outcome>(r.outcome);
    out.due_at = maybe(r.due_at);
    out.malformed = r.malformed;
    if (r.answered) out.http_status = 200;
    mirror::finish_report(rows_, now_, epoch, r);
    postgres::complete_reports(*session_, id_of<epoch_id>(epoch), {&out, 1});
    return true;
}

void twin::change_pin(const pin_row& p) {
    *rows_.pin(p.id) = p;
    const auto at = [](const std::optional<moment>& when) -> std::optional<std::string> {
        if (!when) return std::nullopt;
        return std::to_string(when->time_since_epoch().count());
    };
    session_->query(
        "update pin set tries_left = $2::integer, verified_at = to_timestamp($3::bigint / 1000.0),"
        " cancelled_at = to_timestamp($4::bigint / 1000.0),"
        " sealed = case when $5::boolean then sealed end where pin_id = $1",
        {"pin-" + std::to_string(p.id),
         std::to_string(p.tries_left),
         at(p.verified_at),
         at(p.cancelled_at),
         p.sealed ? "t" : "f"}
    );
}

std::string twin::difference() {
    if (!answers_.empty()) return answers_;
    const auto ours = describe(rows_);
    const auto answer = session_->query(describe_in_sql);
    const auto theirs = answer.one().text_or_empty(0);
    if (ours == theirs) return {};
    return "rows differ\n--- mirror\n" + ours + "--- PostgreSQL\n" + theirs;
}

}  // namespace pinwire::mirror
