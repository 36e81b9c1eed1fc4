// What a listener says of its connections, as two figures: how many are open, how many a cap
// refused. Loop thread only.
#pragma once

#include <cstdint>

#include "common/http/server.hpp"
#include "common/telemetry/metrics.hpp"

namespace pinwire::telemetry {

struct connection_figures {
    gauge open;
    counter over_limit;

    // From time to time, with the listener's counts from its beginning.
    void note(const http::server_counts& seen);

private:
    std::uint64_t noted_ = 0;  // of over_limit
};

}  // namespace pinwire::telemetry
