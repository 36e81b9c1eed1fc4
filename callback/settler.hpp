// From pin.dlrs to state: batches are settled in one transaction each, then their offsets are
// stored and the final reports handed to the dispatcher in memory. Once a second a marker goes into
// each partition that this settler owns: settling it proves that nothing older is still unread. A
// lost database is waited for. Loop thread only.
#pragma once

#include <chrono>
#include <vector>

#include "callback/after_commit.hpp"
#include "callback/batch_of_dlrs.hpp"
#include "callback/figures.hpp"
#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/kafka/consumer.hpp"
#include "common/kafka/producer.hpp"
#include "common/postgres/batch.hpp"
#include "common/postgres/executor.hpp"
#include "common/runtime/blocking_thread.hpp"

namespace pinwire::callback {

class settler {
public:
    settler(
        executor,
        const config::settings&,
        const key_ring&,
        kafka::producer&,
        postgres::executor&,
        epoch_id,
        figures&,
        kafka::consumer_callbacks,
        after_commit
    );
    ~settler();

    awaitable<void> run();               // until stop()
    awaitable<void> mark();              // markers; until cancelled
    awaitable<void> settle_parked();     // until cancelled
    awaitable<void> count_partitions();  // until cancelled
    void stop() { consumer_.stop(); }
    awaitable<bool> close(std::chrono::milliseconds limit) { return consumer_.close(limit); }
    std::int64_t lag() const;
    std::size_t prefetched() const { return consumer_.prefetched(); }

private:
    struct parked_round;
    parked_round try_parked(postgres::session&) const;

    // How long it took.
    awaitable<std::chrono::steady_clock::duration> settle(std::vector<kafka::record>);
    awaitable<void> bury(kafka::record, std::string reason);
    postgres::settle_answer write(const dlr_batch&, std::vector<postgres::bad_row>&);

    const config::settings& settings_;
    const key_ring& keys_;
    kafka::producer& producer_;
    postgres::executor& database_;
    epoch_id epoch_;
    figures& figures_;
    after_commit after_;
    blocking_thread kafka_thread_;
    kafka::consumer consumer_;
};

}  // namespace pinwire::callback
