// Looks after the routes: follows who paused one, tells how each stands (metrics, and the table
// that `pinwire routes` reads), and asks the database now and then what became of what they sent.
// None of it on a job's way. Loop thread only.
#pragma once

#include "common/config/settings.hpp"
#include "worker/ports.hpp"
#include "worker/route_figures.hpp"
#include "worker/routes.hpp"

namespace pinwire::worker {

class route_watch {
public:
    route_watch(const config::settings&, job_store&, routes&, telemetry::metrics&);

    // Each until cancelled.
    awaitable<void> follow();    // states, metrics and the table
    awaitable<void> delivery();  // what becomes of what was sent

    // One round of each.
    void look();
    awaitable<void> note();
    awaitable<void> ask();

private:
    std::vector<postgres::delivery_question> questions(wall_time until) const;

    const config::route_delivery_settings& settings_;
    job_store& store_;
    routes& routes_;
    route_figures figures_;
};

}  // namespace pinwire::worker
