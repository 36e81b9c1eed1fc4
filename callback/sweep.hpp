// Nothing forgotten, on the callback's side: jobs whose deadline is over are closed and reported,
// history is cut into days and dropped, finished jobs are pruned, PINs that are of no use any more
// are wiped; and the figures that an operator looks at first are read. Loop thread only.
#pragma once

#include "callback/after_commit.hpp"
#include "callback/figures.hpp"
#include "common/config/settings.hpp"
#include "common/postgres/executor.hpp"
#include "common/upkeep/heartbeat.hpp"

namespace pinwire::callback {

class sweep {
public:
    sweep(
        const config::settings&,
        postgres::executor&,
        const upkeep::heartbeat&,
        epoch_id,
        figures&,
        after_commit
    );

    awaitable<void> close_overdue();  // until cancelled
    awaitable<void> maintain();       // until cancelled; once an hour
    awaitable<void> read_backlog();   // until cancelled

private:
    awaitable<int> close_some(postgres::overdue_query);

    const config::settings& settings_;
    postgres::executor& database_;
    const upkeep::heartbeat& heartbeat_;
    epoch_id epoch_;
    figures& figures_;
    after_commit after_;
};

}  // namespace pinwire::callback
