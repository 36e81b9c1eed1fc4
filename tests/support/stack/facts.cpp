#include "tests/support/stack/facts.hpp"

#include <sstream>

namespace pinwire::test {
namespace {

void read_jobs(pinwire_stack& from, facts& to) {
    const auto rows = from.query(
        "select hex_name(id), account || '/' || job_id, channel = 1, coalesce(sms_status, 0),"
        " coalesce(call_status, 0), coalesce(dlr_status, 0), reason, in_doubt,"
        " final_at is not null, version, report_url is not null"
        " and (report_refusal or not (coalesce(reason, '') = 'lookup_refused'"
        " or coalesce(reason, '') = 'expired' and nc_status is null and waiter is not null"
        " and spec::jsonb ->> 'lookup' = 'hlr_lookup')), spec::jsonb ? 'steps',"
        " exists (select from api_order o where (o.account, o.job_id) = (j.account, j.job_id))"
        " from job j"
    );
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = rows[i];
        job_fact made;
        made.id = row.text(0);
        made.key = row.text(1);
        made.voice = row.boolean(2);
        made.sms = row.int32(3);
        made.call = row.int32(4);
        made.dlr = row.int32(5);
        made.reason = row.text_or_empty(6);
        made.in_doubt = row.boolean(7);
        made.final = row.boolean(8);
        made.version = row.int32(9);
        made.wants_report = row.boolean(10);
        made.planned = row.boolean(11);
        made.ordered = row.boolean(12);
        to.job_of[made.key] = made.id;
        to.jobs[made.id] = std::move(made);
    }
}

void read_attempts(pinwire_stack& from, facts& to) {
    const auto rows = from.query(
        "select hex_name(a.id), hex_name(a.job), a.n, a.state, a.closed, a.set_aside,"
        " coalesce(a.dlr_status, 0), (extract(epoch from a.created_at) * 1000000)::bigint,"
        " coalesce((extract(epoch from nullif(p.expires_at, 'infinity')) * 1000000)::bigint, 0),"
        " coalesce(a.step, 0), coalesce(a.channel, j.channel) = 1"
        " from attempt a join job j on j.id = a.job"
        " left join pin p on p.account = j.account and p.pin_id = j.pin_id"
    );
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = rows[i];
        attempt_fact made;
        made.id = row.text(0);
        made.job = row.text(1);
        made.n = row.int32(2);
        made.state = row.int32(3);
        made.closed = row.boolean(4);
        made.set_aside = row.boolean(5);
        made.dlr = row.int32(6);
        made.created_us = row.int64(7);
        made.pin_expires_us = row.int64(8);
        made.step = row.int32(9);
        made.voice = row.boolean(10);
        to.attempts[made.id] = std::move(made);
    }
}

void read_reports(pinwire_stack& from, facts& to) {
    const auto tried = from.query(
        "select hex_name(job), count(distinct report)::integer from report_try group by 1"
    );
    for (std::size_t i = 0; i < tried.size(); ++i)
        to.reports_tried[tried[i].text(0)] = tried[i].int32(1);
    const auto parked = from.query("select entry from dlr_parked");
    for (std::size_t i = 0; i < parked.size(); ++i)
        to.parked.push_back(parked[i].text(0));
}

// The reports in a body: 360nrs is an array, infobip has its results, standard is one alone.
std::vector<nlohmann::json> entries_of(const nlohmann::json& body) {
    if (body.is_array()) return body.get<std::vector<nlohmann::json>>();
    if (body.contains("results")) return body["results"].get<std::vector<nlohmann::json>>();
    return {body};
}

std::string job_of_entry(const nlohmann::json& entry) {
    const auto& named = entry.contains("data") ? entry["data"] : entry;
    std::string id;
    for (const auto* field : {"sms_id", "messageId", "message_id"})
        if (id.empty() && named.contains(field)) id = named[field].get<std::string>();
    std::erase(id, '-');
    return id;
}

void read_customer(pinwire_stack& from, facts& to) {
    const auto seen = http_call(from.sim(), "GET", "/customer/acme/requests?max=1000000");
    std::istringstream lines(seen.body);
    for (std::string text; std::getline(lines, text);) {
        const auto request = nlohmann::json::parse(text);
        const auto body = request["body"].get<std::string>();
        to.bodies[request["webhook_id"].get<std::string>()].insert(body);
        for (const auto& entry : entries_of(nlohmann::json::parse(body)))
            to.said[job_of_entry(entry)].insert(entry.dump());
    }
}

}  // namespace

const job_fact* facts::job_of_attempt(const std::string& attempt) const {
    const auto at = attempts.find(attempt);
    if (at == attempts.end()) return nullptr;
    const auto job = jobs.find(at->second.job);
    return job == jobs.end() ? nullptr : &job->second;
}

facts gather(pinwire_stack& from) {
    facts made;
    read_jobs(from, made);
    read_attempts(from, made);
    read_reports(from, made);
    made.journal = from.journal();
    read_customer(from, made);
    for (const auto& record : read_topic(from.bootstrap(), from.topic("events")))
        made.events.push_back(nlohmann::json::parse(record.payload.value_or("null")));
    made.dead_letters = read_topic(from.bootstrap(), from.topic("jobs_dead"));
    return made;
}

}  // namespace pinwire::test
