// A job's life in the worker, top to bottom: decode, guard, look up, claim, send, record; what it
// announces leaves with each commit (common/upkeep/announcer). Loop thread only.
#pragma once

#include <functional>
#include <vector>

#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/runtime/keyed_lock.hpp"
#include "common/runtime/semaphore.hpp"
#include "common/runtime/task_group.hpp"
#include "common/upkeep/account_book.hpp"
#include "worker/attempts.hpp"
#include "worker/claim.hpp"
#include "worker/figures.hpp"
#include "worker/guard.hpp"
#include "worker/look_up.hpp"
#include "worker/ports.hpp"

namespace pinwire::worker {

class life_of_a_job {
public:
    struct steps {
        guard_step& guard;
        look_up_step& look_up;
        claim_step& claim;
        attempts& send_and_record;
        job_store& store;
        dead_letter_box& dead_letters;
        routes& ways;
        figures& counts;
    };

    // `done`: the record's outcome is durable elsewhere, so that its offset may be stored.
    life_of_a_job(
        executor,
        const config::settings&,
        upkeep::account_book&,
        const key_ring&,
        steps,
        std::function<void(const kafka::position&)> done
    );

    // Starts the life of each record, in the order of the batch: jobs for one number keep it.
    void begin(std::vector<kafka::record>, std::vector<semaphore::permit>, task_group&);

private:
    awaitable<void> live(arrived, keyed_lock::ticket, semaphore::permit);
    // The place in line of a job's number; one far behind has a seat in place of its place.
    keyed_lock::ticket line_up(const msisdn& number, semaphore::permit& place);
    awaitable<void> look_again(kafka::record, semaphore::permit);
    awaitable<void> bury(kafka::record, dead_letter, semaphore::permit);
    awaitable<bool> is_known(arrived&);
    awaitable<void> go_on(claimed, wall_time recorded_at, keyed_lock::guard&);

    keyed_lock numbers_;
    semaphore waiting_room_;
    const config::settings& settings_;
    upkeep::account_book& accounts_;
    const key_ring& keys_;
    steps steps_;
    std::function<void(const kafka::position&)> done_;
};

}  // namespace pinwire::worker
