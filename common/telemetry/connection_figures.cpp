#include "common/telemetry/connection_figures.hpp"

namespace pinwire::telemetry {

void connection_figures::note(const http::server_counts& seen) {
    open.set(static_cast<double>(seen.open));
    over_limit.add(static_cast<double>(seen.over_limit - noted_));
    noted_ = seen.over_limit;
}

}  // namespace pinwire::telemetry
