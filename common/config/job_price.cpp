#include "common/config/job_price.hpp"

#include <algorithm>
#include <optional>

#include "common/config/price.hpp"

namespace pinwire::config {
namespace {

// How long a prefix of the route the number has; none: the route isn't for it.
std::optional<std::size_t> fit_of(const route_settings& route, const msisdn& to) {
    if (route.prefixes.empty()) return 0;
    std::optional<std::size_t> longest;
    for (const auto& prefix : route.prefixes) {
        if (!to.digits().starts_with(prefix)) continue;
        longest = std::max(longest.value_or(0), prefix.size());
    }
    return longest;
}

bool takes_new(const settings& settings, const route_settings& route) {
    const auto carrier = settings.carriers.find(route.carrier);
    const bool retired = carrier != settings.carriers.end() && carrier->second.retired;
    return !route.paused && !retired;
}

}  // namespace

std::int64_t price_of(const settings& settings, const job& of) {
    std::optional<std::size_t> best_fit;
    int best_priority = 0;
    std::int64_t price = 0;
    for (const auto& [name, route] : settings.routes) {
        if (route.channel != of.channel || !takes_new(settings, route)) continue;
        const auto fit = fit_of(route, of.to);
        if (!fit) continue;
        const auto its = price_on(route, of.to);
        const bool equal = best_fit == fit && best_priority == route.priority;
        const bool better =
            !best_fit || *fit > *best_fit || (*fit == *best_fit && route.priority < best_priority);
        if (better) {
            best_fit = fit;
            best_priority = route.priority;
            price = its;
        } else if (equal) {
            price = std::max(price, its);
        }
    }
    return price == 0 ? 0 : price * parts_of(of);
}

}  // namespace pinwire::config
