#include "callback/sweep.hpp"

#include "common/core/limits.hpp"
#include "common/postgres/liveness.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::callback {
namespace {

using postgres::session;

constexpr int rows_max = 256;
constexpr int prune_rows = 1000;
constexpr int closings_a_round = 20;

}  // namespace

sweep::sweep(
    const config::settings& settings,
    postgres::executor& database,
    const upkeep::heartbeat& alive,
    epoch_id epoch,
    figures& counts,
    after_commit after
)
    : settings_(settings),
      database_(database),
      heartbeat_(alive),
      epoch_(epoch),
      figures_(counts),
      after_(std::move(after)) {}

awaitable<void> sweep::close_overdue() {
    postgres::overdue_query query;
    query.limit = rows_max;
    query.grace = std::chrono::milliseconds(500);
    // a DLR may be that long on its way between intake and acknowledgement
    query.skew = limits::clock_skew_max * 2 + settings_.callback.produce_timeout;
    query.reporter = epoch_;
    query.lease = settings_.callback.reports.lease;
    for (;;) {
        co_await sleep_for(settings_.callback.sweep_every);
        if (!heartbeat_.alive()) continue;
        try {
            // all of them, but the rest in the next round when there are very many
            for (int i = 0, closed = rows_max; closed >= rows_max && i < closings_a_round; ++i)
                closed = co_await close_some(query);
        } catch (const postgres::database_error&) {
            // the next round finds them again
        }
    }
}

awaitable<int> sweep::close_some(postgres::overdue_query query) {
    auto work = [this, query](session& db) { return postgres::close_overdue(db, epoch_, query); };
    auto answer = co_await database_.run(std::move(work));
    if (answer.closed > 0) kill_point("callback.after_close");
    figures_.closed_overdue.add(answer.closed);
    if (answer.closed > 0) after_.committed();
    after_.hand_over(std::move(answer.reports));
    co_return answer.closed;
}

awaitable<void> sweep::maintain() {
    const auto keep_history = settings_.postgres.keep_history;
    const auto keep_jobs = settings_.postgres.keep_jobs;
    for (;;) {
        bool more = true;
        try {
            auto days = [keep_history](session& db) {
                postgres::maintain_history(db, keep_history);
            };
            co_await database_.run(std::move(days));
            while (more) {
                auto forget = [keep_jobs](session& db) {
                    const int wiped = postgres::wipe_pins(db, prune_rows);
                    const int pruned = postgres::prune(db, keep_jobs, prune_rows);
                    return wiped == prune_rows || pruned == prune_rows;
                };
                more = co_await database_.run(std::move(forget));
                co_await sleep_for(std::chrono::milliseconds(100));
            }
        } catch (const postgres::database_error& error) {
            telemetry::log_warn("maintenance_failed", {{"error", std::string(error.what())}});
        }
        co_await sleep_for(more ? std::chrono::minutes(1) : std::chrono::minutes(60));
    }
}

awaitable<void> sweep::read_backlog() {
    for (;;) {
        auto read = [](session& db) { return postgres::backlog(db); };
        try {
            const auto now = co_await database_.run(std::move(read));
            figures_.unfinished.set(static_cast<double>(now.unfinished));
            figures_.reports_new.set(static_cast<double>(now.reports_new));
            figures_.reports_waiting.set(static_cast<double>(now.reports_retry));
            figures_.reports_dead_kept.set(static_cast<double>(now.reports_dead));
            figures_.parked_kept.set(static_cast<double>(now.parked));
            figures_.outbox.set(static_cast<double>(now.outbox));
            figures_.set_aside.set(static_cast<double>(now.set_aside));
            double age = 0;
            if (now.oldest_due) {
                const auto waited = database_clock::now() - *now.oldest_due;
                age = std::max(0.0, std::chrono::duration<double>(waited).count());
            }
            figures_.oldest_due_seconds.set(age);
        } catch (const postgres::database_error&) {
            // the heartbeat says so
        }
        co_await sleep_for(std::chrono::seconds(5));
    }
}

}  // namespace pinwire::callback
