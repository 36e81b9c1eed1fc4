// Step 6, for worker and callback alike: the events of committed changes, from the outbox to
// pin.events. Each row is deleted once Kafka has acknowledged all its events; what a dead process
// left is published by whoever lives. At least once; events carry the job's version. Loop thread
// only.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/kafka/producer.hpp"
#include "common/postgres/executor.hpp"
#include "common/postgres/outbox.hpp"
#include "common/runtime/task_group.hpp"
#include "common/runtime/wakeup.hpp"
#include "common/telemetry/metrics.hpp"

namespace pinwire::upkeep {

class announcer {
public:
    announcer(
        executor ex,
        postgres::executor& database,
        kafka::producer& producer,
        std::string topic,
        epoch_id epoch,
        telemetry::metrics& figures
    );

    // A commit may have left a row.
    void notify() { news_.notify(); }

    awaitable<void> run(task_group&);  // until stop()
    // Publishes what is left and returns; bounded by the caller.
    awaitable<void> finish(task_group&);
    void stop();

private:
    struct look {
        std::size_t rows = 0;
        std::size_t events = 0;  // in them
        bool more = false;       // there may be
    };

    awaitable<look> publish_some(task_group&);
    awaitable<void> publish(std::vector<postgres::outbox_row>);
    void show_busy() { under_way_.set(static_cast<double>(busy_.size())); }
    awaitable<void> forget(std::vector<std::int64_t> done);

    postgres::executor& database_;
    kafka::producer& producer_;
    std::string topic_;
    epoch_id epoch_;
    wakeup news_;
    std::set<std::int64_t> busy_;
    bool stopped_ = false;
    telemetry::counter published_;
    telemetry::counter failed_;
    telemetry::gauge under_way_;
};

}  // namespace pinwire::upkeep
