// The process's own figures, under the names that Prometheus' client libraries share: memory, CPU,
// open files, start time. Linux only: read from /proc and getrusage at each scrape.
#pragma once

#include <functional>

#include "common/telemetry/metrics.hpp"

namespace pinwire::telemetry {

// Registers them; what it returns refreshes them.
std::function<void()> make_process_metrics(metrics& in);

}  // namespace pinwire::telemetry
