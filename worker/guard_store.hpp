// The guard over Postgres: a send_counter on a connection of its own, and what has to be done every
// so often: forgetting what is over, and judging how prefixes convert. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/config/settings.hpp"
#include "common/core/ids.hpp"
#include "common/postgres/executor.hpp"
#include "common/runtime/batcher.hpp"
#include "common/telemetry/metrics.hpp"
#include "worker/guard.hpp"

namespace pinwire::worker {

class guard_store final : public send_counter {
public:
    // `shared`: for the little that there is to do without caps and conversion; then no connection
    // is opened. It outlives this.
    guard_store(
        executor, const config::settings&, postgres::executor& shared, telemetry::metrics& to
    );

    awaitable<postgres::cap_answer> count(postgres::cap_request) override;
    // Until cancelled.
    awaitable<void> run();
    void abandon() { database_.abandon(); }  // breaks off whatever waits for the database

private:
    std::vector<postgres::cap_answer> count_batch(std::vector<postgres::cap_request>&);
    awaitable<void> tidy();
    awaitable<void> watch_conversion();
    void tell(const postgres::low_conversion&);

    const config::guard_settings settings_;
    postgres::conversion_rules rules_;
    std::optional<postgres::executor> own_;
    postgres::executor& database_;
    batcher<postgres::cap_request, postgres::cap_answer> counting_;
    telemetry::gauge low_;
    telemetry::counter stopped_;
};

}  // namespace pinwire::worker
