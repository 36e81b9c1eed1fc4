// What the worker counts of its routes, set anew from their reports each second; docs/routes.md
// says what each means.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "common/telemetry/metrics.hpp"
#include "worker/routes.hpp"

namespace pinwire::worker {

class route_figures {
public:
    explicit route_figures(telemetry::metrics& to) : to_(to) {}

    void show(std::span<const route_report>);

private:
    struct handles {
        std::array<telemetry::gauge, route_conditions.size()> condition;
        std::map<std::string, telemetry::gauge, std::less<>> reasons;  // as they come up
        telemetry::gauge rate, factor, errors, waiting, under_way, alarm;
        std::optional<telemetry::gauge> confirmed, late;  // once they are known
        telemetry::counter parts, throttled, changes;
    };
    handles make(const route_name&);
    void show_reason(handles&, const route_report&);
    void show_delivery(handles&, const route_report&);

    telemetry::metrics& to_;
    std::map<route_name, handles> all_;
};

}  // namespace pinwire::worker
