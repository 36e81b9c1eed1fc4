#include "cli/top/json.hpp"

#include <cmath>

#include "cli/top/words.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::ordered_json;

template <class Value>
ordered_json or_null(const std::optional<Value>& value) {
    if (!value) return nullptr;
    return *value;
}

// To the thousandth: more digits would be noise.
ordered_json number(const std::optional<double>& value) {
    if (!value) return nullptr;
    return std::round(*value * 1000) / 1000;
}

ordered_json count_json(const postgres::bounded_count& of) {
    ordered_json out;
    out["number"] = of.number;
    out["more"] = of.more;
    return out;
}

ordered_json age_json(const std::optional<postgres::time_point>& of, postgres::time_point now) {
    if (!of) return nullptr;
    return number(age(*of, now));
}

ordered_json timing_json(const std::optional<timing>& of) {
    if (!of) return nullptr;
    ordered_json out;
    out["p50"] = of->median;
    out["p99"] = of->slow;
    return out;
}

ordered_json sources_json(const look& of) {
    const auto said = [](bool answered, const std::string& error) {
        ordered_json out;
        out["answered"] = answered;
        out["error"] = error.empty() ? ordered_json(nullptr) : ordered_json(error);
        return out;
    };
    ordered_json out;
    out["postgres"] = said(of.database.what.has_value(), of.database.error);
    out["kafka"] = said(of.kafka.what.has_value(), of.kafka.error);
    out["metrics"] = ordered_json::array();
    for (const auto& one : of.services) {
        auto row = said(one.error.empty(), one.error);
        row["address"] = one.address;
        out["metrics"].push_back(std::move(row));
    }
    return out;
}

ordered_json rates_json(const flow& of) {
    ordered_json out;
    out["jobs_in"] = number(of.jobs_in);
    out["jobs_taken"] = number(of.taken);
    out["jobs_finished"] = number(of.finished);
    out["jobs_refused"] = number(of.refused);
    out["dead_letters"] = number(of.dead_letters);
    out["sent"] = number(of.sent);
    out["not_sent"] = number(of.not_sent);
    out["in_doubt"] = number(of.in_doubt);
    out["closed_unheard"] = number(of.unheard);
    out["dlrs_in"] = number(of.dlrs_in);
    out["dlrs_settled"] = number(of.dlrs_settled);
    out["reports_delivered"] = number(of.delivered);
    out["reports_failed"] = number(of.tried_in_vain);
    out["reports_given_up"] = number(of.given_up);
    return out;
}

ordered_json times_json(const flow& of) {
    ordered_json out;
    out["to_carrier"] = timing_json(of.to_carrier);
    out["carrier"] = timing_json(of.carrier);
    out["claim"] = timing_json(of.claim);
    out["report_waits"] = timing_json(of.report_wait);
    out["report"] = timing_json(of.report);
    return out;
}

ordered_json lag_json(const told<kafka_look>& of) {
    if (!of.what) return nullptr;
    const auto one = [](const topic_look& topic) {
        ordered_json out;
        out["topic"] = topic.topic;
        out["lag"] = nullptr;
        if (topic.group) out["lag"] = topic.group->lag;
        return out;
    };
    ordered_json out;
    out["jobs"] = one(of.what->jobs);
    out["dlrs"] = one(of.what->dlrs);
    return out;
}

std::string state_name(postgres::due_for what) {
    switch (what) {
        case postgres::due_for::send:
            return "waiting";
        case postgres::due_for::being_sent:
            return "in_flight";
        case postgres::due_for::ask:
            return "in_doubt";
        case postgres::due_for::news:
            return "await_dlr";
    }
    return "state_" + std::to_string(static_cast<int>(what));
}

ordered_json backlog_json(const postgres::live_view& of) {
    ordered_json out;
    out["by_state_and_route"] = ordered_json::array();
    for (const auto& one : of.due) {
        auto row = count_json(one.count);
        row["state"] = state_name(one.what);
        row["route"] = one.route;
        row["overdue_s"] = age_json(one.first, of.now);
        out["by_state_and_route"].push_back(std::move(row));
    }
    out["unfinished_estimate"] = of.unfinished;
    out["oldest_s"] = age_json(of.oldest_accepted, of.now);
    out["not_closed"] = count_json(of.unclosed);
    out["outbox"] = count_json(of.outbox);
    out["outbox_oldest_s"] = age_json(of.oldest_outbox, of.now);
    out["dlrs_parked"] = count_json(of.parked);
    return out;
}

ordered_json reports_json(const postgres::live_view& of) {
    ordered_json out;
    out["new"] = count_json(of.reports_new);
    out["oldest_new_s"] = age_json(of.oldest_report, of.now);
    out["retry"] = count_json(of.reports_retry);
    out["retry_late_s"] = age_json(of.next_retry, of.now);
    out["dead"] = count_json(of.reports_dead);
    return out;
}

ordered_json routes_json(
    const database_look& of, const std::map<route_name, double>& used, const installation& known
) {
    auto out = ordered_json::array();
    auto all = of.routes;
    for (const auto& [name, tps] : known.tps)
        all.try_emplace(name);
    for (const auto& [name, its] : all) {
        const auto tps = known.tps.find(name);
        ordered_json row;
        row["route"] = name.str();
        row["state"] = its.state;
        row["reason"] = its.reason;
        row["parts_per_second"] = nullptr;
        if (const auto at = used.find(name); at != used.end())
            row["parts_per_second"] = number(at->second);
        row["rate"] = its.rate;
        row["tps"] = nullptr;
        if (tps != known.tps.end()) row["tps"] = tps->second;
        row["waiting_in_memory"] = its.waiting;
        row["under_way"] = its.under_way;
        row["errors"] = its.errors;
        row["confirmed"] = or_null(its.confirmed);
        row["late_s"] = nullptr;
        if (its.late) row["late_s"] = static_cast<double>(its.late->count()) / 1000;
        out.push_back(std::move(row));
    }
    return out;
}

ordered_json endpoints_json(const database_look& of) {
    auto out = ordered_json::array();
    for (const auto& one : of.endpoints) {
        if (!one.live) continue;
        ordered_json row;
        row["account"] = one.name.account.str();
        row["origin"] = one.name.origin;
        row["breaker"] = one.live->breaker;
        row["failing_s"] = age_json(one.failing_since, of.view.now);
        row["queued"] = one.live->queued;
        row["in_flight"] = one.live->in_flight;
        row["success_rate"] = nullptr;
        if (one.live->tries >= 0.5) row["success_rate"] = one.live->succeeded / one.live->tries;
        row["latency_ms"] = one.live->latency.count();
        row["last_error"] = one.last_error;
        out.push_back(std::move(row));
    }
    return out;
}

ordered_json processes_json(const postgres::live_view& of) {
    auto out = ordered_json::array();
    for (const auto& one : of.processes) {
        ordered_json row;
        row["program"] = one.program;
        row["host"] = one.host;
        row["heard_s_ago"] = number(age(one.beat_at, of.now));
        out.push_back(std::move(row));
    }
    return out;
}

}  // namespace

ordered_json picture_json(const picture& of, const installation& known) {
    ordered_json out;
    out["at"] = format_rfc3339(of.now.at);
    out["seconds"] = number(of.rates.seconds);
    out["sources"] = sources_json(of.now);
    out["troubles"] = ordered_json::array();
    for (const auto& one : of.troubles) {
        ordered_json row;
        row["grave"] = one.grave;
        row["text"] = one.text;
        out["troubles"].push_back(std::move(row));
    }
    out["per_second"] = rates_json(of.rates);
    out["seconds_p50_p99"] = times_json(of.rates);
    out["lag"] = lag_json(of.now.kafka);
    const auto& database = of.now.database.what;
    for (const char* part :
         {"backlog",
          "reports",
          "endpoints_failing",
          "endpoints_disabled",
          "processes",
          "routes",
          "endpoints"})
        out[part] = nullptr;
    if (!database) return out;
    out["backlog"] = backlog_json(database->view);
    out["reports"] = reports_json(database->view);
    out["endpoints_failing"] = count_json(database->view.endpoints_failing);
    out["endpoints_disabled"] = count_json(database->view.endpoints_disabled);
    out["processes"] = processes_json(database->view);
    out["routes"] = routes_json(*database, of.rates.route_parts, known);
    out["endpoints"] = endpoints_json(*database);
    return out;
}

}  // namespace pinwire::cli
