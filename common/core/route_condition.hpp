// In which condition a route is, in one word, for metrics and people. Pure.
#pragma once

#include <array>
#include <string_view>

namespace pinwire {

enum class route_condition {
    ready,      // nothing stands in its way
    slowed,     // its carrier throttles
    probing,    // in trouble, and a request tries whether it is over
    unhealthy,  // in trouble: taken only when nothing else is left
    paused,     // by an operator: nothing leaves
    retired     // its carrier takes nothing new
};

inline constexpr std::array route_conditions = {
    route_condition::ready,
    route_condition::slowed,
    route_condition::probing,
    route_condition::unhealthy,
    route_condition::paused,
    route_condition::retired};

constexpr std::string_view to_string(route_condition condition) {
    switch (condition) {
        case route_condition::ready:
            return "ready";
        case route_condition::slowed:
            return "slowed";
        case route_condition::probing:
            return "probing";
        case route_condition::unhealthy:
            return "unhealthy";
        case route_condition::paused:
            return "paused";
        case route_condition::retired:
            return "retired";
    }
    return "?";
}

}  // namespace pinwire
