// Nothing forgotten: once a second what the table holds and no living process works on is taken up
// again: waiting rows (refilled in due order), rows of dead workers, the ladder's rungs, what is
// overdue. Memory timers are only a shortcut to what these would find. Loop thread only.
#pragma once

#include <functional>
#include <set>

#include "common/config/settings.hpp"
#include "common/runtime/task_group.hpp"
#include "common/upkeep/heartbeat.hpp"
#include "worker/attempts.hpp"
#include "worker/figures.hpp"
#include "worker/plan_steps.hpp"
#include "worker/ports.hpp"
#include "worker/routes.hpp"

namespace pinwire::worker {

class sweep {
public:
    sweep(
        executor ex,
        const config::settings& settings,
        job_store& store,
        routes& ways,
        attempts& steps,
        const send_step& send,
        const upkeep::heartbeat& alive,
        figures& counts,
        task_group& tasks
    );

    awaitable<void> run();  // until cancelled or stopped
    void stop() { stopped_ = true; }

private:
    awaitable<void> refill();
    std::size_t soon(route_line&) const;
    awaitable<void> take_over();
    awaitable<void> climb();
    awaitable<void> rehome();
    awaitable<void> find_home(attempt_work);
    awaitable<void> close_overdue();
    awaitable<void> step_on();
    std::chrono::milliseconds dead_after() const;
    // Taken rows as attempts that are ours, with their plans.
    awaitable<std::vector<attempt_work>> works_of(std::vector<postgres::work_item>);
    std::optional<attempt_work> readable(const postgres::work_item&) const;
    awaitable<void> step_rung(attempt_work, std::optional<wall_time> settled);

    executor executor_;
    const config::settings& settings_;
    job_store& store_;
    routes& routes_;
    attempts& attempts_;
    const send_step& send_;
    const upkeep::heartbeat& heartbeat_;
    figures& figures_;
    task_group& tasks_;
    plan_steps plan_steps_;
    std::set<attempt_id> moving_;  // rows of routes that are gone, on their way to another
    unsigned rounds_ = 0;
    bool stopped_ = false;
};

// A row of the table as an attempt that is ours. Throws std::runtime_error for a spec of another
// version.
attempt_work work_of(const postgres::work_item&);

}  // namespace pinwire::worker
