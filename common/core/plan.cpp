#include "common/core/plan.hpp"

#include <algorithm>
#include <limits>

#include "common/core/limits.hpp"

namespace pinwire {
namespace {

std::int64_t money_left(const job& of, std::span<const plan_try> tried) {
    if (of.limits.cost == 0) return std::numeric_limits<std::int64_t>::max();
    auto left = of.limits.cost;
    for (const auto& one : tried)
        left -= one.cost;
    return left;
}

// The best route without these that the money allows. `dear`: there was one that it doesn't.
std::optional<plan_offer> affordable(
    const plan_routes& routes,
    channel wanted,
    std::vector<route_name> without,
    std::int64_t money,
    bool& dear
) {
    while (auto offer = routes(wanted, without)) {
        if (offer->cost <= money) return offer;
        dear = true;
        without.push_back(offer->route);
    }
    return std::nullopt;
}

struct search {
    const job& of;
    std::span<const plan_try> tried;
    const plan_routes& routes;
    bool dear = false;

    std::optional<plan_offer> offer(int step, bool even_refused) {
        std::vector<route_name> used;
        std::vector<route_name> refused;
        for (const auto& one : tried) {
            used.push_back(one.route);
            if (one.refused) refused.push_back(one.route);
        }
        const auto wanted = channel_of_step(of, step);
        const auto money = money_left(of, tried);
        auto best = affordable(routes, wanted, used, money, dear);
        if (!best) best = affordable(routes, wanted, refused, money, dear);
        if (!best && even_refused) best = affordable(routes, wanted, {}, money, dear);
        return best;
    }

    bool exhausted() const { return is_exhausted(of, tried); }
};

plan_next over(plan_end why) {
    plan_next none;
    none.why = why;
    return none;
}

}  // namespace

plan_next next_in_plan(
    const job& of, int after_step, std::span<const plan_try> tried, const plan_routes& routes
) {
    const auto steps = static_cast<int>(of.steps.size());
    if (after_step >= steps) return over(plan_end::no_step);
    search ways{of, tried, routes};
    if (ways.exhausted()) return over(plan_end::attempts);
    for (int step = after_step + 1; step <= steps; ++step) {
        plan_next next;
        next.step = step;
        if (auto offer = ways.offer(step, step == steps)) {
            next.offer = std::move(*offer);
            return next;
        }
    }
    return over(ways.dear ? plan_end::too_dear : plan_end::no_route);
}

plan_next again_in_step(
    const job& of, int step, std::span<const plan_try> tried, const plan_routes& routes
) {
    search ways{of, tried, routes};
    if (ways.exhausted()) return over(plan_end::attempts);
    plan_next next;
    next.step = step;
    if (auto offer = ways.offer(step, false)) {
        next.offer = std::move(*offer);
        return next;
    }
    return over(ways.dear ? plan_end::too_dear : plan_end::no_route);
}

int attempts_max(const job& of) {
    if (of.limits.attempts == 0) return limits::attempts_per_job_max;
    return std::min(of.limits.attempts, limits::attempts_per_job_max);
}

bool is_exhausted(const job& of, std::span<const plan_try> tried) {
    const auto had = std::count_if(tried.begin(), tried.end(), [](const plan_try& one) {
        return !one.passed_by;
    });
    return had >= attempts_max(of);
}

bool is_last_step(const job& of, int step) {
    return step >= static_cast<int>(of.steps.size());
}

channel channel_of_step(const job& of, int step) {
    return of.steps.at(static_cast<std::size_t>(step) - 1).channel;
}

std::optional<std::chrono::seconds> length_of_step(const job& of, int step) {
    if (is_last_step(of, step)) return std::nullopt;
    return of.steps.at(static_cast<std::size_t>(step) - 1).after;
}

}  // namespace pinwire
