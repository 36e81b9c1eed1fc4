// job_store over Postgres. Three connections, so that nothing waits behind what it shouldn't:
// claims (latency counts), results, sweeps. Batches: what arrived while the last commit ran. A lost
// database is waited for, without end: the bound is on what is in flight.
#pragma once

#include <functional>
#include <memory>

#include "common/config/settings.hpp"
#include "worker/ports.hpp"

namespace pinwire::worker {

// `committed`: something was written that may have to be announced.
std::unique_ptr<job_store> make_store(
    executor, const config::settings&, epoch_id, std::function<void()> committed
);

}  // namespace pinwire::worker
