#include "worker/route_watch.hpp"

#include <algorithm>
#include <map>

#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"

namespace pinwire::worker {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr auto look_every = std::chrono::seconds(1);
constexpr int looks_a_note = 3;  // the table is for people

postgres::route_state state_of(const route_report& from) {
    postgres::route_state made;
    made.route = from.name;
    made.state = std::string(to_string(from.condition));
    made.reason = std::string(from.reason);
    made.rate = from.rate;
    made.errors = from.errors;
    made.waiting = static_cast<std::int64_t>(from.waiting);
    made.under_way = static_cast<std::int64_t>(from.under_way);
    if (from.delivery && from.delivery->sent > 0) {
        made.confirmed = from.delivery->confirmed_share();
        made.late = from.delivery->late;
    }
    return made;
}

}  // namespace

route_watch::route_watch(
    const config::settings& settings, job_store& store, routes& ways, telemetry::metrics& metrics
)
    : settings_(settings.worker.delivery), store_(store), routes_(ways), figures_(metrics) {}

void route_watch::look() {
    routes_.look_again();
    figures_.show(routes_.report());
}

awaitable<void> route_watch::note() {
    std::vector<postgres::route_state> states;
    for (const auto& one : routes_.report())
        states.push_back(state_of(one));
    co_await store_.note_routes(std::move(states));
}

// The table is told beside the looks: a database that is away must not keep an operator's pause
// from being seen.
awaitable<void> route_watch::follow() {
    for (;;) {
        look();
        co_await sleep_for(look_every);
    }
}

// From the window's beginning, or from when an automatic pause has ended since.
std::vector<postgres::delivery_question> route_watch::questions(wall_time until) const {
    const auto now = database_clock::now();
    const auto steady = steady_clock::now();
    std::vector<postgres::delivery_question> all;
    for (const auto& name : routes_.names()) {
        postgres::delivery_question one;
        one.route = name;
        one.since = now - settings_.window;
        const auto from = routes_.delivery_counts_from(name);
        if (from != steady_clock::time_point::min()) {
            const auto ago = std::chrono::duration_cast<system_clock::duration>(steady - from);
            one.since = std::max(one.since, now - ago);
        }
        if (one.since < until) all.push_back(std::move(one));
    }
    return all;
}

awaitable<void> route_watch::ask() {
    const auto until = database_clock::now() - settings_.patience;
    auto asked = questions(until);
    std::map<route_name, delivery_figures> figures;
    for (const auto& one : asked)
        figures.emplace(one.route, delivery_figures());
    const auto answers = co_await store_.route_deliveries(std::move(asked), until);
    for (const auto& one : answers)
        figures[one.route] = one.figures;
    for (const auto& [route, its] : figures)
        routes_.note_delivery(route, its);
}

awaitable<void> route_watch::delivery() {
    auto ask_at = steady_clock::now() + settings_.every;
    for (;;) {
        co_await sleep_for(look_every * looks_a_note);
        co_await note();
        if (steady_clock::now() < ask_at) continue;
        ask_at = steady_clock::now() + settings_.every;
        co_await ask();
    }
}

}  // namespace pinwire::worker
