#include "tests/integration/cli/top_samples.hpp"

#include <fmt/format.h>

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;
using postgres::due_for;

constexpr std::chrono::seconds epoch_to_then{1'790'000'000};

wall_point wall(std::chrono::seconds at) {
    return wall_point(epoch_to_then + at);
}

samples worker_says(double seconds) {
    samples all;
    all[R"(pinwire_sends_total{result="sent"})"] = 100 * seconds;
    all[R"(pinwire_sends_total{result="not_sent"})"] = seconds;
    all[R"(pinwire_sends_total{result="in_doubt"})"] = 0.5 * seconds;
    all[R"(pinwire_jobs_total{result="final_at_once"})"] = 9 * seconds;
    all[R"(pinwire_jobs_total{result="dead_letter"})"] = 0;
    all["pinwire_closed_overdue_total"] = 0;
    all[R"(pinwire_route_parts_total{route="es"})"] = 19 * seconds;
    all[R"(pinwire_route_parts_total{route="world"})"] = 0.25 * seconds;
    for (const char* one : {"pinwire_job_to_carrier_seconds", "pinwire_send_seconds"}) {
        const auto bucket = [one](const char* bound) {
            return fmt::format("{}_bucket{{le=\"{}\"}}", one, bound);
        };
        all[bucket("0.005")] = 60 * seconds;
        all[bucket("0.01")] = 98 * seconds;
        all[bucket("0.025")] = 100 * seconds;
        all[bucket("+Inf")] = 100 * seconds;
        all[std::string(one) + "_count"] = 100 * seconds;
    }
    return all;
}

service_look service(std::chrono::seconds at, const std::string& address, samples said) {
    service_look made;
    made.at = steady_point(at);
    made.address = address;
    made.said = std::move(said);
    return made;
}

postgres::noted_route_state route(
    const std::string& name, const std::string& state, const std::string& reason, wall_point since
) {
    postgres::noted_route_state made;
    made.what.route = route_name(name);
    made.what.state = state;
    made.what.reason = reason;
    made.what.rate = state == "ready" ? 100 : 0;
    made.what.errors = state == "ready" ? 0.002 : 0.91;
    made.what.waiting = 3;
    made.what.under_way = 12;
    made.what.confirmed = 0.974;
    made.what.late = 2400ms;
    made.since = since;
    return made;
}

postgres::endpoint_story endpoint(const std::string& origin, std::int64_t queued) {
    postgres::endpoint_story made;
    made.name = {account_name("acme"), origin};
    postgres::endpoint_state live;
    live.name = made.name;
    live.breaker = "closed";
    live.queued = queued;
    live.in_flight = 2;
    live.tries = 100;
    live.succeeded = 99;
    live.latency = 35ms;
    made.live = std::move(live);
    return made;
}

void add_due(postgres::live_view& to, due_for what, const std::string& route, std::int64_t number) {
    postgres::due_group one;
    one.what = what;
    one.route = route;
    one.count = {std::min(number, postgres::count_max), number > postgres::count_max};
    one.first = to.now + 30s;
    to.due.push_back(std::move(one));
}

database_look well_database(std::chrono::seconds at) {
    database_look made;
    made.at = steady_point(at);
    auto& view = made.view;
    view.now = wall(at);
    add_due(view, due_for::send, "es", 7);
    add_due(view, due_for::being_sent, "es", 12);
    add_due(view, due_for::news, "es", 480);
    add_due(view, due_for::news, "world", 60);
    view.unfinished = 570;
    view.oldest_accepted = view.now - 95s;
    view.reports_new = {4, false};
    view.oldest_report = view.now - 200ms;
    view.processes = {
        {"worker", "one", view.now - 300ms},
        {"worker", "two", view.now - 800ms},
        {"callback", "one", view.now - 100ms}};
    view.jobs_made = 118 * at.count();
    view.due_made = 100 * at.count();
    view.due_ended = 97 * at.count();
    made.routes =
        summarize({route("es", "ready", "", wall(0s)), route("world", "ready", "", wall(0s))});
    made.endpoints = {endpoint("https://acme.example:443", 4)};
    return made;
}

kafka_look well_kafka(std::chrono::seconds at) {
    kafka_look made;
    made.at = steady_point(at);
    kafka::group_progress jobs;
    jobs.partitions = 12;
    jobs.end = 120 * at.count();
    jobs.done = jobs.end - 6;
    jobs.lag = 6;
    made.jobs = {"pin.jobs", jobs};
    auto dlrs = jobs;
    dlrs.end = (99 + 12) * at.count();  // with the markers
    dlrs.done = dlrs.end;
    dlrs.lag = 0;
    made.dlrs = {"pin.dlrs", dlrs};
    return made;
}

}  // namespace

look well_look(std::chrono::seconds at) {
    look made;
    made.at = wall(at);
    made.database.what = well_database(at);
    made.kafka.what = well_kafka(at);
    const auto seconds = static_cast<double>(at.count());
    made.services.push_back(service(at, "10.0.0.11:9101", worker_says(seconds)));
    made.services.push_back(service(at, "10.0.0.12:9101", worker_says(seconds)));
    samples callback;
    callback["pinwire_reports_delivered_total"] = 104 * seconds;
    callback["pinwire_reports_retried_total"] = 2 * seconds;
    callback["pinwire_reports_dead_total"] = 0;
    callback["pinwire_dlrs_total"] = 99 * seconds;
    callback["pinwire_dlrs_settled_total"] = 98 * seconds;
    callback["pinwire_dlrs_unparked_total"] = seconds;
    made.services.push_back(service(at, "10.0.0.11:9102", std::move(callback)));
    return made;
}

look sick_look() {
    auto made = well_look(12s);
    auto& database = *made.database.what;
    auto& view = database.view;
    view.due.clear();
    add_due(view, due_for::send, "es", 48'000);
    add_due(view, due_for::ask, "es", 300);
    add_due(view, due_for::news, "world", 9000);
    view.due[0].first = view.now - 4min;
    view.unfinished = 57'412;
    view.unclosed = {12, false};
    view.reports_new = {1000, true};
    view.oldest_report = view.now - 11min;
    view.reports_retry = {812, false};
    view.next_retry = view.now - 90s;
    view.outbox = {730, false};
    view.oldest_outbox = view.now - 75s;
    view.endpoints_failing = {2, false};
    view.endpoints_disabled = {1, false};
    view.processes[1].beat_at -= 14s;
    database.routes = summarize(
        {route("es", "unhealthy", "failures_in_row", wall(12s) - 4min),
         route("world", "ready", "", wall(0s)),
         route("voice", "paused", "operator", wall(12s) - 3h)}
    );
    auto sick = endpoint("https://a-name-that-is-rather-long.customer.example:8443", 1200);
    sick.failing_since = view.now - 20min;
    sick.live->breaker = "open";
    sick.last_error = "HTTP 503 \x1b[31mred\x1b[0m";
    sick.live->succeeded = 0;
    database.endpoints.insert(database.endpoints.begin(), sick);
    made.kafka.what->jobs.group->lag = 25'000;
    made.services[1].error = "connect refused";
    made.services[1].said.clear();
    return made;
}

installation sample_installation() {
    installation made;
    made.tps[route_name("es")] = 120;
    made.tps[route_name("world")] = 200;
    made.tps[route_name("voice")] = 10;
    return made;
}

}  // namespace pinwire::cli
