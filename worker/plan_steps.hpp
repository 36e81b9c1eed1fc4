// The next steps of plans: the sweep brings jobs whose present step is over; each one's next step
// gets its attempt, which waits in its route's line like every other one. Loop thread only.
#pragma once

#include <vector>

#include "common/config/settings.hpp"
#include "worker/figures.hpp"
#include "worker/ports.hpp"
#include "worker/routes.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

// What the routes offer for this job, whichever channel a step has. All three must outlive it.
plan_routes offers_of(routes&, const job&, std::string_view network);

// `one` with what the table says of its plan.
void add_plan(attempt_work& one, const postgres::plan_fact&);

class plan_steps {
public:
    plan_steps(job_store& store, routes& ways, figures& counts)
        : store_(store), routes_(ways), figures_(counts) {}

    awaitable<void> begin(std::vector<postgres::due_step>);

private:
    struct draft;
    draft plan(const postgres::due_step&) const;

    job_store& store_;
    routes& routes_;
    figures& figures_;
};

}  // namespace pinwire::worker
