// A worker's steps over the fakes, on an io_context of its own: everything between pin.jobs and the
// carrier but Kafka, Postgres and HTTP. One run each; it ends when nothing is left to do, or with
// the first error (a crash: nothing more is started).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/runtime/task_group.hpp"
#include "tests/component/runtime/run_loop.hpp"
#include "tests/component/worker/examples.hpp"
#include "tests/component/worker/fakes.hpp"
#include "worker/life_of_a_job.hpp"

namespace pinwire::worker::test {

class world {
public:
    explicit world(
        config::settings with = settings(),
        std::shared_ptr<tables> database = std::make_shared<tables>(),
        upkeep::account_book::source accounts_of = {}  // none: the settings' accounts alone
    );

    // These are suspended, from the next look on.
    void suspend(std::vector<suspension> all);
    awaitable<void> look();

    // Records of these payloads, as one batch with offsets 0, 1, 2 …
    void live(std::vector<std::string> payloads);
    // `body` runs beside the steps; then everything is awaited.
    void run(std::function<awaitable<void>()> body);
    void begin(std::vector<std::string> payloads);

    std::vector<std::int64_t> offsets_done() const;
    attempt_work work_of_only_attempt();

    pinwire::test::loop loop;
    const config::settings settings_;
    upkeep::account_book accounts;
    const std::shared_ptr<tables> db;
    const epoch_id epoch;
    stage calls;
    fake_store store;
    fake_gateway carriers;
    fake_dead_letters dead_letters;
    fake_counter counted;
    telemetry::metrics metrics;
    figures counts;
    upkeep::switch_board switches;
    routes ways;
    guard_step guard;
    look_up_step look_up;
    claim_step claim;
    bool alive = true;
    int stretch = 0;     // of unbroken heartbeats
    std::string waiter;  // of the next records; empty: nobody waits
    send_step send;
    attempts sending;
    semaphore places;  // worker.in_flight_max; far more than any test begins with
    life_of_a_job life;
    std::vector<std::string> errors;
    task_group jobs;
    task_group lines;

private:
    awaitable<void> session(std::function<awaitable<void>()> body);
    awaitable<void> quiet();
    bool idle();
    void stop_lines();

    postgres::suspension_table suspended_;
    std::int64_t next_offset_ = 0;
};

// Waits, on the loop, until the predicate holds; fails the test after five seconds.
awaitable<void> until(std::function<bool()> predicate);

}  // namespace pinwire::worker::test
