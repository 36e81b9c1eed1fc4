#include "cli/top/flow.hpp"

#include <algorithm>
#include <initializer_list>

namespace pinwire::cli {
namespace {

constexpr double least_seconds = 0.001;

double between(steady_point from, steady_point to) {
    return std::chrono::duration<double>(to - from).count();
}

rate a_second(double grown, double seconds) {
    if (seconds < least_seconds) return std::nullopt;
    return std::max(0.0, grown) / seconds;
}

rate counted(std::int64_t before, std::int64_t now, double seconds) {
    if (now < before) return std::nullopt;  // a counter that began again, a topic made anew
    return a_second(static_cast<double>(now - before), seconds);
}

rate difference(const rate& left, const rate& right) {
    if (!left || !right) return std::nullopt;
    return *left - *right;
}

void add_kafka(const kafka_look& before, const kafka_look& now, flow& to) {
    const double seconds = between(before.at, now.at);
    if (before.jobs.group && now.jobs.group) {
        to.jobs_in = counted(before.jobs.group->end, now.jobs.group->end, seconds);
        to.jobs_read = counted(before.jobs.group->done, now.jobs.group->done, seconds);
    }
    if (before.dlrs.group && now.dlrs.group) {
        to.dlr_records_read = counted(before.dlrs.group->done, now.dlrs.group->done, seconds);
        const auto more = now.dlrs.group->lag - before.dlrs.group->lag;
        if (seconds >= least_seconds) to.dlrs_lag_growth = static_cast<double>(more) / seconds;
    }
}

// A job is finished when it has no due row any more, or never had one.
void add_database(const database_look& before, const database_look& now, flow& to) {
    const double seconds = between(before.at, now.at);
    const auto& was = before.view;
    const auto& is = now.view;
    to.taken = counted(was.jobs_made, is.jobs_made, seconds);
    if (!to.taken || is.due_made < was.due_made || is.due_ended < was.due_ended) return;
    const auto open = (is.due_made - was.due_made) - (is.due_ended - was.due_ended);
    to.finished = a_second(static_cast<double>(is.jobs_made - was.jobs_made - open), seconds);
}

// A service that answered both times.
struct pair_of_looks {
    const samples* before = nullptr;
    const samples* now = nullptr;
    double seconds = 0;
};

class services {
public:
    services(const look& before, const look& now) {
        for (const auto& is : now.services)
            for (const auto& was : before.services)
                if (is.address == was.address && is.error.empty() && was.error.empty())
                    pairs_.push_back({&was.said, &is.said, between(was.at, is.at)});
    }

    // Over all services and all these keys.
    rate of(std::initializer_list<std::string_view> keys) const {
        rate sum;
        for (const auto& one : pairs_)
            for (const auto key : keys)
                if (const auto grown = growth(*one.before, *one.now, key))
                    if (const auto part = a_second(*grown, one.seconds))
                        sum = sum.value_or(0) + *part;
        return sum;
    }

    // Of all routes that any of them knows.
    std::map<route_name, double> by_route(std::string_view counter) const {
        const auto prefix = std::string(counter) + "{route=\"";
        std::map<route_name, double> all;
        for (const auto& one : pairs_) {
            auto at = one.now->lower_bound(prefix);
            for (; at != one.now->end() && at->first.starts_with(prefix); ++at) {
                const auto label = std::string_view(at->first).substr(prefix.size());
                const route_name route(label.substr(0, label.find('"')));
                const auto grown = growth(*one.before, *one.now, at->first);
                if (!grown) continue;
                if (const auto part = a_second(*grown, one.seconds)) all[route] += *part;
            }
        }
        return all;
    }

    std::optional<timing> times(std::string_view histogram) const {
        buckets all;
        for (const auto& one : pairs_)
            for (const auto& [bound, count] : bucket_growth(*one.before, *one.now, histogram))
                all[bound] += count;
        const auto median = quantile(all, 0.5);
        const auto slow = quantile(all, 0.99);
        if (!median || !slow) return std::nullopt;
        return timing{*median, *slow};
    }

private:
    std::vector<pair_of_looks> pairs_;
};

void add_services(const services& from, flow& to) {
    to.sent = from.of({R"(pinwire_sends_total{result="sent"})"});
    to.not_sent = from.of({R"(pinwire_sends_total{result="not_sent"})"});
    to.in_doubt = from.of({R"(pinwire_sends_total{result="in_doubt"})"});
    to.refused = from.of({R"(pinwire_jobs_total{result="final_at_once"})"});
    to.dead_letters = from.of(
        {R"(pinwire_jobs_total{result="dead_letter"})",
         R"(pinwire_jobs_total{result="job_id_reused"})",
         R"(pinwire_jobs_total{result="bad_row"})"}
    );
    to.dlrs_in = from.of({"pinwire_dlrs_total"});
    to.dlrs_settled = from.of({"pinwire_dlrs_settled_total", "pinwire_dlrs_unparked_total"});
    to.unheard = from.of({"pinwire_closed_overdue_total"});
    to.delivered = from.of({"pinwire_reports_delivered_total"});
    to.tried_in_vain = from.of({"pinwire_reports_retried_total"});
    to.given_up = from.of({"pinwire_reports_dead_total"});
    to.jobs_lost = from.of({"pinwire_jobs_missing_total"});
    to.dlrs_lost = from.of({"pinwire_dlrs_missing_total"});
    to.route_parts = from.by_route("pinwire_route_parts_total");
    to.to_carrier = from.times("pinwire_job_to_carrier_seconds");
    to.carrier = from.times("pinwire_send_seconds");
    to.claim = from.times("pinwire_claim_seconds");
    to.report_wait = from.times("pinwire_report_wait_seconds");
    to.report = from.times("pinwire_report_seconds");
}

}  // namespace

rate flow::jobs_lag_growth() const {
    return difference(jobs_in, jobs_read);
}

flow flow_between(const look* before, const look& now) {
    flow made;
    if (before == nullptr) return made;
    made.seconds = std::chrono::duration<double>(now.at - before->at).count();
    if (before->kafka.what && now.kafka.what) add_kafka(*before->kafka.what, *now.kafka.what, made);
    if (before->database.what && now.database.what)
        add_database(*before->database.what, *now.database.what, made);
    add_services(services(*before, now), made);
    return made;
}

}  // namespace pinwire::cli
