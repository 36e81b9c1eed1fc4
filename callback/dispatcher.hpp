// The way out: reports, whether handed over in memory after the commit that made them or found in
// the table, take turns by endpoint (deficit round robin), each endpoint with a bounded queue, a
// bounded window and a breaker of its own, so that a dead customer costs the others nothing (P9).
// What is not in memory waits in the table. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "callback/deliver.hpp"
#include "callback/figures.hpp"
#include "callback/parcel.hpp"
#include "common/config/settings.hpp"
#include "common/core/breaker.hpp"
#include "common/core/drr.hpp"
#include "common/postgres/executor.hpp"
#include "common/runtime/batcher.hpp"
#include "common/runtime/task_group.hpp"
#include "common/runtime/wakeup.hpp"

namespace pinwire::callback {

class dispatcher {
public:
    // `requests` are awaited at the end, `timers` are not.
    dispatcher(
        executor,
        const config::settings&,
        deliver_step&,
        postgres::executor&,
        epoch_id,
        figures&,
        task_group& requests,
        task_group& timers
    );

    // Fresh reports, leased to this process. What doesn't fit is given back to the table.
    void hand_over(std::vector<postgres::report_row>);

    awaitable<void> poll();   // looks into the table; until stop()
    awaitable<void> renew();  // leases of what is held; until cancelled
    awaitable<void> pump();   // gives slots to parcels in turn; until stop()
    void stop();
    // After stop: gives back what was not tried, once nothing is under way.
    awaitable<void> give_back();

    std::size_t queued() const noexcept { return queue_.size(); }

private:
    bool push(parcel);
    awaitable<void> serve(endpoint_key, parcel, breaker::pass);
    awaitable<void> release_later(endpoint_key, std::chrono::steady_clock::time_point at);
    std::optional<std::pair<endpoint_key, parcel>> next_parcel();
    void take_along(const endpoint_key&, parcel&);
    void complete(std::vector<postgres::report_result>);
    awaitable<void> complete_one(postgres::report_result);
    awaitable<void> take_fresh();
    awaitable<void> take_due_retries();
    awaitable<void> read_disabled();
    bool is_disabled(const endpoint_key&) const;

    executor executor_;
    const config::settings& settings_;
    deliver_step& deliver_;
    postgres::executor& database_;
    epoch_id epoch_;
    figures& figures_;
    task_group& tasks_;
    task_group& timers_;
    drr_queue<endpoint_key, parcel> queue_;
    std::map<endpoint_key, breaker> breakers_;
    std::set<endpoint_key> disabled_;
    std::set<report_id> held_;  // in memory: queued or under way
    std::size_t in_flight_ = 0;
    std::int64_t above_ = 0;  // the cursor over `report`
    bool stopped_ = false;
    wakeup work_;
    batcher<postgres::report_result, int> complete_;
};

}  // namespace pinwire::callback
