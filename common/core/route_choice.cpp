#include "common/core/route_choice.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace pinwire {
namespace {

// Digits of the longest prefix that matches; nothing when none does.
std::optional<std::size_t> match(const route_settings& route, const msisdn& to) {
    if (route.prefixes.empty()) return 0;
    std::optional<std::size_t> longest;
    for (const auto& prefix : route.prefixes)
        if (to.digits().starts_with(prefix)) longest = std::max(longest.value_or(0), prefix.size());
    return longest;
}

bool used_up(const route_settings& route, std::span<const route_try> tried) {
    return std::any_of(tried.begin(), tried.end(), [&route](const route_try& entry) {
        return entry.route == route.name && (entry.refused || entry.attempts >= route.attempts_max);
    });
}

struct candidate {
    const route_settings* route;
    bool healthy;
    std::size_t prefix;

    // Smaller is better.
    auto rank() const { return std::tuple(!healthy, -static_cast<long>(prefix), route->priority); }
};

const route_settings* pick_by_weight(std::span<const candidate> equals, std::uint32_t random) {
    std::uint64_t total = 0;
    for (const auto& entry : equals)
        total += entry.route->weight;
    if (total == 0) return equals[random % equals.size()].route;
    std::uint64_t at = (static_cast<std::uint64_t>(random) * total) >> 32;  // 0 to total - 1
    for (const auto& entry : equals) {
        if (at < entry.route->weight) return entry.route;
        at -= entry.route->weight;
    }
    return equals.back().route;
}

}  // namespace

const route_settings* choose_route(
    std::span<const route_settings* const> routes,
    channel wanted,
    const msisdn& to,
    std::span<const route_try> tried,
    const route_health& healthy,
    std::uint32_t random
) {
    std::vector<candidate> best;  // all of one rank
    for (const route_settings* route : routes) {
        if (route->channel != wanted || route->retired || used_up(*route, tried)) continue;
        const auto prefix = match(*route, to);
        if (!prefix) continue;
        const candidate found{route, !healthy || healthy(route->name), *prefix};
        if (!best.empty() && best.front().rank() < found.rank()) continue;
        if (!best.empty() && found.rank() < best.front().rank()) best.clear();
        best.push_back(found);
    }
    return best.empty() ? nullptr : pick_by_weight(best, random);
}

}  // namespace pinwire
