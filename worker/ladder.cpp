#include "worker/ladder.hpp"

#include <algorithm>

namespace pinwire::worker {
namespace {

using std::chrono::system_clock;

// How many asks are left. Repeats and asks share one counter in the row; a carrier with a window
// may have used up its repeats first.
int asks_left(const doubt& row) {
    const int before = row.idempotency_window.count() > 0 ? repeats_max : 0;
    return row.can_ask ? before + asks_max - row.repeats : 0;
}

// The first ask comes when news is overdue; the last one not before its silence can prove anything.
system_clock::time_point ask_at(
    const doubt& row, int left, system_clock::time_point patience_ends
) {
    if (left > 1 || row.absent_after.count() == 0) return patience_ends;
    const auto last_request =
        row.started_at + std::max<std::chrono::milliseconds>(row.patience, row.idempotency_window);
    return std::max(patience_ends, last_request + row.absent_after);
}

}  // namespace

rung next_rung(
    const doubt& row,
    std::optional<system_clock::time_point> settled,
    const config::timing_settings& timing,
    system_clock::time_point now
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
    const auto patience_ends = row.started_at + timing.doubt_wait;
    // Asking sends nothing: what is expired is asked about as well, so that its end is the truth.
    if (const int left = asks_left(row); left > 0) {
        const auto at = ask_at(row, left, patience_ends);
        next.what = now < at ? rung::kind::wait : rung::kind::ask;
        next.at = std::max(at, now);
        return next;
    }
    if (row.policy == in_doubt_policy::hold || !may_send) {
        next.what = rung::kind::hold;
        return next;
    }
    // Resending needs proof that no news was waiting: the clock alone is no proof.
    if (now >= patience_ends && settled && *settled >= patience_ends) {
        next.what = rung::kind::resend;
        next.at = now;
        return next;
    }
    next.what = rung::kind::wait;
    next.at = std::max(patience_ends, now + std::chrono::seconds(1));
    return next;
}

system_clock::time_point after_repeat(int repeats, system_clock::time_point now) {
    return now + std::chrono::seconds(1LL << std::clamp(repeats, 0, 5));
}

system_clock::time_point after_ask(
    const config::timing_settings& timing, system_clock::time_point now
) {
    const auto half = timing.doubt_wait / 2;
    return now + std::max<std::chrono::milliseconds>(half, std::chrono::seconds(1));
}

}  // namespace pinwire::worker
