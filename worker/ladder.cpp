#include "worker/ladder.hpp"

#include <algorithm>

namespace pinwire::worker {

rung next_rung(
    const doubt& row,
    std::optional<std::chrono::system_clock::time_point> settled,
    const config::timing_settings& timing,
    std::chrono::system_clock::time_point now
) {
    rung next;
    next.at = row.deadline;
    const bool may_send = now < row.send_by;
    const bool in_window = now < row.started_at + row.idempotency_window;
    if (may_send && in_window && row.repeats < repeats_max) {
        next.what = rung::kind::repeat;
        next.at = now;
        return next;
    }
    if (row.policy == in_doubt_policy::hold || !may_send) {
        next.what = rung::kind::hold;
        return next;
    }
    // Resending needs proof that no news was waiting: the clock alone is no proof.
    const auto patience_ends = row.started_at + timing.doubt_wait;
    if (now >= patience_ends && settled && *settled >= patience_ends) {
        next.what = rung::kind::resend;
        next.at = now;
        return next;
    }
    next.what = rung::kind::wait;
    next.at = std::max(patience_ends, now + std::chrono::seconds(1));
    return next;
}

std::chrono::system_clock::time_point after_repeat(
    int repeats, std::chrono::system_clock::time_point now
) {
    return now + std::chrono::seconds(1LL << std::clamp(repeats, 0, 5));
}

}  // namespace pinwire::worker
