#include "worker/next_step.hpp"

#include <algorithm>

namespace pinwire::worker {
namespace {

// first, 2*first, 4*first … up to the maximum.
std::chrono::milliseconds backoff(const config::timing_settings& timing, int attempt_number) {
    auto wait = timing.retry_first;
    for (int i = 1; i < attempt_number && wait < timing.retry_max; ++i)
        wait *= 2;
    return std::min(wait, timing.retry_max);
}

}  // namespace

next_step after(
    const outcome& result,
    const progress& job,
    const std::optional<route_name>& other_route,
    const config::timing_settings& timing,
    std::chrono::system_clock::time_point now
) {
    next_step step;
    if (!result.surely_not_sent() || result.too_late) return step;
    if (result.verdict == carriers::verdict::not_sent_final) return step;
    if (job.attempt_number >= job.attempts_max) return step;
    if (other_route) {
        step.what = next_step::kind::now;
        step.route = *other_route;
        step.at = now;
        return step;
    }
    // A refusal that no waiting cures ends the job when no route is left.
    if (result.verdict == carriers::verdict::not_sent_next) return step;
    const auto said = std::chrono::milliseconds(result.retry_after);
    step.at = now + std::max(said, backoff(timing, job.attempt_number));
    if (step.at >= job.send_by) return step;
    step.what = next_step::kind::later;
    step.route = job.route;
    return step;
}

next_step after_in_plan(
    const outcome& result,
    progress job,
    plan_progress plan,
    const plan_routes& routes,
    const config::timing_settings& timing,
    std::chrono::system_clock::time_point now
) {
    if (is_exhausted(plan.of, plan.tried)) return {};
    plan.tried.back().refused = true;  // a waived one, too, wants another route
    std::optional<route_name> other;
    if (result.surely_not_sent() && !result.own_trouble) {
        const auto next = again_in_step(plan.of, plan.step, plan.tried, routes);
        if (next.step != 0) other = next.offer.route;
    }
    auto step = after(result, job, other, timing, now);
    const bool may_wait = result.own_trouble || is_last_step(plan.of, plan.step);
    if (step.what == next_step::kind::later && (plan.waived || !may_wait))
        step.what = next_step::kind::none;
    return step;
}

}  // namespace pinwire::worker
