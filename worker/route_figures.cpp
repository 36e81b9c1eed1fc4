#include "worker/route_figures.hpp"

namespace pinwire::worker {
namespace {

using telemetry::labels;

// Reports count in all since the start; counters only grow.
void grow_to(const telemetry::counter& one, std::uint64_t total) {
    one.add(static_cast<double>(total) - one.value());
}

}  // namespace

route_figures::handles route_figures::make(const route_name& name) {
    const labels of = {{"route", name.str()}};
    handles made;
    for (std::size_t i = 0; i < route_conditions.size(); ++i) {
        auto with = of;
        with.emplace("state", std::string(to_string(route_conditions[i])));
        made.condition[i] =
            to_.make_gauge("pinwire_route_state", "1 for the state that the route is in", with);
    }
    made.rate = to_.make_gauge(
        "pinwire_route_rate", "Parts a second that leave at most: this worker's share", of
    );
    made.factor = to_.make_gauge("pinwire_route_pace", "Part of its share that the route uses", of);
    made.errors =
        to_.make_gauge("pinwire_route_errors", "Share of failed requests, of the last minute", of);
    made.waiting =
        to_.make_gauge("pinwire_route_waiting", "Attempts that wait for it in memory", of);
    made.under_way = to_.make_gauge("pinwire_route_under_way", "Requests under way", of);
    made.alarm = to_.make_gauge("pinwire_route_delivery_alarm", "1 while it delivers badly", of);
    made.parts = to_.make_counter(
        "pinwire_route_parts_total", "Parts that had their turn to leave by it", of
    );
    made.throttled =
        to_.make_counter("pinwire_route_throttled_total", "Answers that said: too fast", of);
    made.changes = to_.make_counter(
        "pinwire_route_changes_total", "Times it came into trouble or a pause, or out of it", of
    );
    return made;
}

void route_figures::show_reason(handles& of, const route_report& report) {
    for (auto& [reason, gauge] : of.reasons)
        gauge.set(0);
    if (report.reason.empty()) return;
    auto found = of.reasons.find(report.reason);
    if (found == of.reasons.end()) {
        const std::string reason(report.reason);
        const labels with = {{"route", report.name.str()}, {"reason", reason}};
        auto gauge = to_.make_gauge("pinwire_route_reason", "1 for why it is in its state", with);
        found = of.reasons.emplace(reason, gauge).first;
    }
    found->second.set(1);
}

void route_figures::show_delivery(handles& of, const route_report& report) {
    if (!report.delivery || report.delivery->sent == 0) return;
    if (!of.confirmed) {
        const labels with = {{"route", report.name.str()}};
        of.confirmed = to_.make_gauge(
            "pinwire_route_confirmed", "Share of what was sent that is confirmed as delivered", with
        );
        of.late = to_.make_gauge(
            "pinwire_route_late_seconds", "How late the slowest tenth of its reports come", with
        );
    }
    of.confirmed->set(report.delivery->confirmed_share());
    of.late->set(static_cast<double>(report.delivery->late.count()) / 1000);
}

void route_figures::show(std::span<const route_report> reports) {
    for (const auto& one : reports) {
        auto found = all_.find(one.name);
        if (found == all_.end()) found = all_.emplace(one.name, make(one.name)).first;
        auto& of = found->second;
        for (std::size_t i = 0; i < route_conditions.size(); ++i)
            of.condition[i].set(one.condition == route_conditions[i] ? 1 : 0);
        show_reason(of, one);
        of.rate.set(one.rate);
        of.factor.set(one.factor);
        of.errors.set(one.errors);
        of.waiting.set(static_cast<double>(one.waiting));
        of.under_way.set(static_cast<double>(one.under_way));
        of.alarm.set(one.alarm == delivery_watch::alarm::none ? 0 : 1);
        show_delivery(of, one);
        grow_to(of.parts, one.parts);
        grow_to(of.throttled, one.throttled);
        grow_to(of.changes, one.changes);
    }
}

}  // namespace pinwire::worker
