#include "worker/sweep.hpp"

#include "common/config/price.hpp"
#include "common/core/job_codec.hpp"
#include "common/core/limits.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"
#include "worker/ladder.hpp"

namespace pinwire::worker {
namespace {

using telemetry::log_info;
using telemetry::log_warn;

constexpr int rows_max = 256;  // of one step of one sweep
constexpr int closings_a_round = 20;

}  // namespace

attempt_work work_of(const postgres::work_item& row) {
    attempt_work work;
    work.id = row.attempt;
    work.message = row.job;
    work.number = row.n;
    work.route = row.route;
    work.carrier = row.carrier;
    work.job = from_spec(row.spec);
    work.pin = row.pin;
    work.sealed = row.sealed;
    work.pin_expires_at = row.pin_expires_at.value_or(wall_time::max());
    work.send_by = row.send_by;
    work.next_at = row.next_at;
    work.started_at = row.started_at.value_or(row.next_at);
    work.deadline = row.deadline;
    work.repeats = row.repeats;
    work.refused = row.refused;
    work.network = row.mccmnc;
    work.parts = config::parts_of(work.job);
    work.not_before = row.next_at;
    return work;
}

// A row that this version can't read is left alone: another version may, and its deadline closes
// it.
std::optional<attempt_work> sweep::readable(const postgres::work_item& row) const {
    try {
        return work_of(row);
    } catch (const std::runtime_error& error) {
        log_warn(
            "row_unreadable", {{"attempt", row.attempt}, {"error", std::string(error.what())}}
        );
        return std::nullopt;
    }
}

sweep::sweep(
    executor ex,
    const config::settings& settings,
    job_store& store,
    routes& ways,
    attempts& steps,
    const send_step& send,
    const upkeep::heartbeat& alive,
    figures& counts,
    task_group& tasks
)
    : executor_(ex),
      settings_(settings),
      store_(store),
      routes_(ways),
      attempts_(steps),
      send_(send),
      heartbeat_(alive),
      figures_(counts),
      tasks_(tasks),
      plan_steps_(store, ways, counts) {}

awaitable<void> sweep::run() {
    while (!stopped_) {
        co_await sleep_for(settings_.worker.timing.sweep_every);
        if (stopped_ || !heartbeat_.alive()) continue;
        co_await refill();
        co_await rehome();
        co_await take_over();
        co_await climb();
        co_await step_on();
        co_await close_overdue();
    }
}

// All of them, but the rest in the next round when there are very many.
awaitable<void> sweep::close_overdue() {
    for (int i = 0; i < closings_a_round && !stopped_; ++i) {
        const int closed = co_await store_.close_overdue(rows_max);
        figures_.closed_overdue.add(closed);
        if (closed < rows_max) co_return;
    }
}

// What leaves a line until the sweep after next, at least one.
std::size_t sweep::soon(route_line& line) const {
    const std::chrono::duration<double> time = settings_.worker.timing.sweep_every * 3;
    return static_cast<std::size_t>(std::clamp(line.rate() * time.count(), 1.0, 1.0 * rows_max));
}

awaitable<void> sweep::refill() {
    // what can't leave need not be taken from one another each second
    constexpr unsigned rounds_while_paused = 10;
    const bool paused_too = ++rounds_ % rounds_while_paused == 0;
    std::vector<route_line*> lines;
    routes_.for_each([&lines](route_line& line) { lines.push_back(&line); });
    std::size_t held = 0;
    const auto until = database_clock::now() + settings_.worker.timing.sweep_every * 2;
    for (auto* line : lines) {
        // Of what another has in its line only one takes that has nothing to do itself, and no more
        // than it sends at once: two busy lines would take each other's heads, and serve neither.
        // What is in trouble sends nothing, and all that is taken there goes another way.
        const bool others_too = !line->any_due(database_clock::now());
        const auto places = std::min<std::size_t>(line->free_places(), rows_max);
        const bool few = others_too && routes_.well(line->config().name);
        const auto limit = static_cast<int>(few ? std::min(places, soon(*line)) : places);
        if (limit > 0 && (paused_too || !line->paused())) {
            auto taking = store_.take_waiting(
                line->config().name, until, limit, line->held_ids(), others_too
            );
            auto rows = co_await std::move(taking);
            auto works = co_await works_of(std::move(rows));
            for (auto& work : works) {
                if (!stopped_) line->hold(std::move(work));
            }
        }
        if (!stopped_ && !routes_.well(line->config().name)) attempts_.leave(*line, tasks_);
        held += line->held();
    }
    figures_.waiting_held.set(static_cast<double>(held));
}

awaitable<void> sweep::rehome() {
    auto rows = co_await store_.take_homeless(routes_.names(), rows_max);
    auto works = co_await works_of(std::move(rows));
    for (auto& work : works) {
        if (!stopped_ && moving_.insert(work.id).second)
            tasks_.spawn(find_home(std::move(work)), "homeless");
    }
}

// What it leads to is a carrier's request: the sweep doesn't wait for that.
awaitable<void> sweep::find_home(attempt_work work) {
    const auto id = work.id;
    try {
        co_await attempts_.rehome(std::move(work));
    } catch (...) {
        moving_.erase(id);
        throw;
    }
    moving_.erase(id);
}

// What a plan's present step brought: its next one.
awaitable<void> sweep::step_on() {
    for (bool more = true; more && !stopped_;) {
        auto due = co_await store_.take_steps(rows_max);
        more = due.size() == static_cast<std::size_t>(rows_max);
        co_await plan_steps_.begin(std::move(due));
    }
}

awaitable<std::vector<attempt_work>> sweep::works_of(std::vector<postgres::work_item> rows) {
    std::vector<attempt_work> works;
    std::vector<attempt_id> planned;
    for (const auto& row : rows) {
        auto work = readable(row);
        if (!work) continue;
        if (work->planned()) planned.push_back(work->id);
        works.push_back(std::move(*work));
    }
    if (planned.empty()) co_return works;
    const auto facts = co_await store_.plan_facts(std::move(planned));
    for (auto& work : works) {
        for (const auto& known : facts)
            if (known.attempt == work.id) add_plan(work, known);
    }
    co_return works;
}

// Silence proves death only to a process whose own heartbeats went on without a gap: after the
// database was away, everybody looks dead. Until then only those count that their successor
// declared dead.
std::chrono::milliseconds sweep::dead_after() const {
    return heartbeat_.steady() ? heartbeat_.takeover_after() : std::chrono::hours(24);
}

awaitable<void> sweep::take_over() {
    const int taken = co_await store_.take_over_sending(rows_max, dead_after());
    if (taken == 0) co_return;
    figures_.taken_over.add(taken);
    log_warn("took_over", {{"attempts", taken}});
}

awaitable<void> sweep::climb() {
    const int stretch = send_.stretch();
    auto rows = co_await store_.take_in_doubt(rows_max, dead_after());
    if (rows.empty()) co_return;
    const auto settled = co_await store_.settled_until();
    auto works = co_await works_of(std::move(rows));
    for (auto& work : works) {
        work.stretch = stretch;
        auto task = step_rung(std::move(work), settled);
        tasks_.spawn(std::move(task), "in doubt");
    }
}

awaitable<void> sweep::step_rung(attempt_work work, std::optional<wall_time> settled) {
    doubt row;
    row.started_at = work.started_at;
    row.send_by = work.last_moment();
    row.deadline = work.deadline;
    row.repeats = work.repeats;
    if (const auto* carrier = send_.carrier_of(work.carrier)) {
        row.idempotency_window = carrier->config().idempotency_window;
        row.absent_after = carrier->config().absent_after;
        row.patience = send_.patience_of(work);
        row.can_ask = send_.can_ask(work);
    }
    if (const auto* line = routes_.find(work.route)) row.policy = line->config().in_doubt;
    // clocks may differ, and a DLR may be on its way to Kafka: news counts as settled only so much
    // later
    if (settled) *settled -= limits::clock_skew_max * 2 + settings_.callback.produce_timeout;
    const auto next = next_rung(row, settled, settings_.worker.timing, database_clock::now());
    switch (next.what) {
        case rung::kind::repeat:
            co_await attempts_.repeat(std::move(work));
            break;
        case rung::kind::ask:
            co_await attempts_.ask(std::move(work));
            break;
        case rung::kind::resend:
            co_await attempts_.resend(std::move(work));
            break;
        case rung::kind::wait:
        case rung::kind::hold:
            log_info("in_doubt", {{"attempt", work.id}, {"held", next.what == rung::kind::hold}});
            co_await store_.postpone(work.id, next.at);
            break;
    }
}

}  // namespace pinwire::worker
