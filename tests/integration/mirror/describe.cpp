#include "tests/integration/mirror/describe.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

namespace pinwire::mirror {
namespace {

using place = report_row::place;

// Words of one line, with a bar between.
class line {
public:
    explicit line(const char* table) : text_(table) {}
    line& add(const std::string& word) {
        text_ += '|';
        text_ += word.empty() ? "-" : word;
        return *this;
    }
    line& add(const char* word) { return add(std::string(word)); }
    line& add(bool is) { return add(is ? "t" : "f"); }
    line& add(std::int64_t number) { return add(std::to_string(number)); }
    line& add(int number) { return add(std::to_string(number)); }
    line& add(moment at) { return add(static_cast<std::int64_t>(at.time_since_epoch().count())); }
    line& add(mirror::span length) { return add(static_cast<std::int64_t>(length.count())); }
    template <class Enum>
    requires std::is_enum_v<Enum> line& add(Enum value) { return add(static_cast<int>(value)); }
    template <class T>
    line& add(const std::optional<T>& value) {
        return value ? add(*value) : add("-");
    }
    // 0 is NULL
    line& ref(int id) { return id == 0 ? add("-") : add(id); }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string of(const job_row& j) {
    return line("job")
        .add(j.id)
        .add(j.claim)
        .add(j.sms)
        .add(j.call)
        .add(j.dlr)
        .add(j.reason)
        .add(j.in_doubt)
        .add(j.attempts)
        .ref(j.route)
        .add(j.accepted_at)
        .add(j.sent_at)
        .add(j.final_at)
        .add(j.version)
        .add(j.doubt)
        .take();
}

std::string of(const pin_row& p) {
    return line("pin")
        .add(p.id)
        .add(p.number)
        .add(p.claim)
        .add(p.sealed)
        .add(p.tries_left)
        .add(p.minted_at)
        .add(p.expires_at)
        .add(p.verified_at)
        .add(p.cancelled_at)
        .take();
}

std::string of(const attempt_row& a) {
    line made("attempt");
    made.add(a.id).add(a.job).add(a.n).add(a.route).add(a.state).ref(a.owner).add(a.closed);
    made.add(a.takeovers)
        .add(a.set_aside)
        .add(a.leased_until)
        .add(a.leased_with)
        .add(a.repeats)
        .add(a.next_at)
        .add(a.deadline);
    made.add(a.created_at).add(a.started_at).add(a.sent_at).ref(a.carrier_id).add(a.error);
    made.add(a.call).add(a.dlr).add(a.dlr_at).add(a.dlr_error).add(a.step).add(a.on);
    made.add(a.doubt).add(a.doubt_end).add(a.doubt_ended_at);
    return made.take();
}

std::string of(const due_row& d) {
    return line("due")
        .add(d.job)
        .add(d.what)
        .ref(d.route)
        .add(d.at)
        .add(d.close_at)
        .add(d.step)
        .add(d.step_after)
        .add(d.step_at)
        .take();
}

std::string of(const report_row& r) {
    const char* tables[] = {"report", "report_retry", "report_dead"};
    line made(tables[static_cast<int>(r.where)]);
    made.add(r.job).add(r.says.sms).add(r.says.call).add(r.says.dlr).add(r.says.in_doubt);
    made.add(r.says.reason);
    if (r.where != place::fresh) made.add(r.tries);
    if (r.where == place::retry) made.add(r.malformed).add(r.first_try_at).add(r.due_at);
    if (r.where != place::dead) made.ref(r.owner).add(r.lease_until);
    return made.take();
}

std::string of(const parked_row& p) {
    return line("parked").add(p.entry.at).add(p.why).add(p.tries).add(p.next_at).take();
}

// note_other_refs(): its attempt's row has another id.
bool is_other(const tables& all, const carrier_ref& of) {
    for (const auto& a : all.attempts)
        if (a.id == of.attempt) return a.carrier_id != of.carrier_id;
    return false;
}

}  // namespace

std::string describe(const tables& all) {
    std::vector<std::string> lines;
    for (const auto& one : all.jobs)
        lines.push_back(of(one));
    for (const auto& one : all.pins)
        lines.push_back(of(one));
    for (const auto& one : all.attempts)
        lines.push_back(of(one));
    for (const auto& one : all.due)
        lines.push_back(of(one));
    for (const auto& one : all.reports)
        if (one.where != place::gone) lines.push_back(of(one));
    for (const auto& one : all.parked)
        lines.push_back(of(one));
    for (const auto& one : all.refs)
        lines.push_back(line("ref").add(one.carrier).add(one.carrier_id).add(one.attempt).take());
    for (const auto& one : all.refs)
        if (is_other(all, one))
            lines.push_back(line("other_ref").add(one.attempt).add(one.carrier_id).take());
    for (const auto& one : all.processes)
        lines.push_back(line("process").add(one.epoch).add(one.beat_at).add(one.dead).take());
    for (std::size_t p = 0; p < all.settled.size(); ++p)
        lines.push_back(line("settled").add(static_cast<int>(p)).add(all.settled[p]).take());
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (const auto& one : lines)
        text += one + "\n";
    return text;
}

const char* const describe_in_sql = R"(
with lines(l) as (
    select concat_ws('|', 'job', num(id), num(claim_id), txt(sms_status), txt(call_status),
                     txt(dlr_status), txt(nullif(reason, '')), in_doubt, attempts,
                     txt(substr(route, 2)), ms(accepted_at), ms(sent_at), ms(final_at), version,
                     txt(doubt)) from job
    union all
    select concat_ws('|', 'pin', substr(pin_id, 5), right(msisdn, 1), num(claim_id),
                     sealed is not null, tries_left, ms(minted_at), ms(expires_at),
                     ms(verified_at), ms(cancelled_at)) from pin
    union all
    select concat_ws('|', 'attempt', num(id), num(job), n, substr(route, 2), state, num(owner),
                     closed, takeovers, set_aside, ms(leased_until), txt(leased_with), repeats,
                     ms(next_at), ms(deadline), ms(created_at), ms(started_at), ms(sent_at),
                     txt(ltrim(carrier_message_id, 'ID0')), txt(error), txt(call_status),
                     txt(dlr_status), ms(dlr_at), txt(dlr_error), txt(step), txt(channel),
                     txt(doubt), txt(doubt_end), ms(doubt_ended_at)) from attempt
    union all
    select concat_ws('|', 'due', num(job), what, txt(nullif(substr(route, 2), '')), ms(at),
                     ms(close_at), txt(step), txt((extract(epoch from step_after) * 1000)::bigint),
                     ms(step_at)) from due
    union all
    select concat_ws('|', 'report', num(job), said(payload), num(lease_owner), ms(lease_until))
      from report
    union all
    select concat_ws('|', 'report_retry', num(job), said(payload), tries, malformed,
                     ms(first_try_at), ms(due_at), num(lease_owner), ms(lease_until))
      from report_retry
    union all
    select concat_ws('|', 'report_dead', num(job), said(payload), tries) from report_dead
    union all
    select concat_ws('|', 'parked', ms(intake_at), why, tries, ms(next_at)) from dlr_parked
    union all
    select concat_ws('|', 'ref', substr(carrier, 2), ltrim(carrier_message_id, 'ID0'),
                     num(attempt)) from carrier_ref
    union all
    select concat_ws('|', 'other_ref', num(attempt), ltrim(carrier_message_id, 'ID0'))
      from other_ref
    union all
    select concat_ws('|', 'process', num(epoch), ms(beat_at), dead) from process
    union all
    select concat_ws('|', 'settled', partition, ms(until)) from settled
)
select string_agg(l || E'\n', '' order by l collate "C") from lines)";

}  // namespace pinwire::mirror
