// The way out: reports, whether handed over in memory after the commit that made them or found in
// the table, take turns by endpoint (deficit round robin), each endpoint with a bounded queue, a
// bounded window and a breaker of its own, so that a dead customer costs the others nothing (P9).
// What is not in memory waits in the table, and what can't have a turn soon is left there. Loop
// thread only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>

#include "callback/deliver.hpp"
#include "callback/endpoint_board.hpp"
#include "callback/figures.hpp"
#include "callback/leases.hpp"
#include "callback/table_walk.hpp"
#include "callback/turns.hpp"
#include "common/config/settings.hpp"
#include "common/postgres/executor.hpp"
#include "common/runtime/batcher.hpp"
#include "common/runtime/task_group.hpp"
#include "common/runtime/wakeup.hpp"

namespace pinwire::callback {

class dispatcher {
public:
    // `requests` are awaited at the end. `looks` are for taking work from the tables and giving it
    // back, so that both are heard of in the order in which they happened; `database` for the
    // rest, so that neither waits for the other.
    dispatcher(
        executor,
        const config::settings&,
        deliver_step&,
        endpoint_board&,
        postgres::executor& database,
        postgres::executor& looks,
        epoch_id,
        figures&,
        task_group& requests
    );

    // Fresh reports, leased to this process. What doesn't fit is given back to the table.
    void hand_over(std::vector<postgres::report_row>);

    awaitable<void> poll();   // looks into the table; until stop()
    awaitable<void> renew();  // leases of what is held; until cancelled
    awaitable<void> pump();   // gives slots to parcels in turn; until stop()
    void stop();
    // After stop: gives back what was not tried, once nothing is under way.
    awaitable<void> give_back();

    // The board has heard from the tables: windows, rates and who is off may have changed.
    void terms_changed();

    std::size_t queued() const noexcept { return queue_.size(); }
    void fill_in(postgres::endpoint_state&) const;  // what waits, what is in flight
    bool has_to_do_with(const endpoint_key&) const;

private:
    using steady = std::chrono::steady_clock;
    // Requests to one host and port, of all accounts, and who waits for their end.
    struct host {
        std::size_t in_flight = 0;
        std::set<endpoint_key> waiting;
    };
    // A look at the tables is under way, in whose answer may stand what is completed meanwhile.
    struct look_under_way {
        explicit look_under_way(dispatcher& by) : of(by) { of.done_meanwhile_.emplace(); }
        look_under_way(const look_under_way&) = delete;
        look_under_way& operator=(const look_under_way&) = delete;
        ~look_under_way() { of.done_meanwhile_.reset(); }
        dispatcher& of;
    };
    struct under_way {
        endpoint_key key;
        breaker::pass pass = breaker::pass::normal;
        breaker::pass proxy_pass = breaker::pass::normal;
        bool fresh = true;
    };

    std::size_t room_for(const endpoint_key&) const;
    bool has_room(const endpoint_key&) const;
    bool is_full() const;
    std::size_t window_of(const endpoint_key&) const;
    bool push(parcel);
    void drop_done(parcel&);
    void bury(const parcel&);
    void give_back_all(const endpoint_key&, const parcel&);
    awaitable<void> give_back_one(
        endpoint_key, postgres::report_result, retry_table::place, bool fresh, std::int64_t seq
    );
    std::optional<turns::next> next_parcel();
    void take_along(const endpoint_key&, parcel&);
    void start(endpoint_key, parcel, steady::time_point now);
    bool may_go(const endpoint_key&, endpoint_standing&, steady::time_point now);
    bool has_slot(const endpoint_key&, std::size_t more) const;
    awaitable<void> serve(under_way, parcel, std::shared_ptr<const endpoint_terms>);
    void learn(const under_way&, const delivery&);
    void obey_breaker(const endpoint_key&, endpoint_standing&);
    void count(const delivery&);
    awaitable<void> disable(endpoint_key);
    void hold(const endpoint_key&, endpoint_standing&, hold_reason, steady::time_point until);
    void release(const endpoint_key&, endpoint_standing&, hold_reason);
    void release_due(steady::time_point now);
    void lost(const endpoint_key&, parcel&&);
    void free_slot(const under_way&);
    void show_figures();
    void complete(std::vector<postgres::report_result>);
    awaitable<void> complete_one(postgres::report_result);
    postgres::endpoint_choice choice() const;
    awaitable<bool> take_fresh();
    awaitable<bool> take_due_retries();

    executor executor_;
    const config::settings& settings_;
    deliver_step& deliver_;
    endpoint_board& board_;
    postgres::executor& database_;
    epoch_id epoch_;
    figures& figures_;
    task_group& tasks_;
    turns queue_;
    std::multimap<steady::time_point, endpoint_key> wakes_;  // when a hold may end
    std::map<std::string, host> hosts_;
    std::set<endpoint_key> crowded_;  // held for want of slots
    breaker proxy_;
    leases held_;                                                  // in memory: queued or under way
    std::optional<std::unordered_set<report_id>> done_meanwhile_;  // during a look
    std::size_t in_flight_ = 0;
    std::size_t retries_in_flight_ = 0;
    table_walk<fresh_table> fresh_walk_;
    table_walk<retry_table> retry_walk_;
    std::size_t rows_taken_ = 0;  // of this round
    bool stopped_ = false;
    wakeup work_;
    wakeup room_;
    batcher<postgres::report_result, int> complete_;
    batcher<postgres::report_result, int> give_back_;
};

}  // namespace pinwire::callback
