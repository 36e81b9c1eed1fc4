// What several workers say of one route, as one. Pure but for the reading.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/connect.hpp"
#include "common/postgres/route_states.hpp"

namespace pinwire::cli {

struct route_summary {
    std::string state = "-";  // what most of them say; "-": none says anything
    std::string reason;
    double rate = 0;    // all together
    double errors = 0;  // the worst
    std::int64_t waiting = 0;
    std::int64_t under_way = 0;
    std::optional<double> confirmed;
    std::optional<std::chrono::milliseconds> late;
    std::size_t troubled = 0;  // workers that have it as unhealthy or probing
    bool paused = false;       // by an operator: one of them knows it
    std::vector<postgres::noted_route_state> workers;

    // As the choice of most of them sees it.
    bool healthy() const { return troubled * 2 <= workers.size() || workers.empty(); }
};

using route_summaries = std::map<route_name, route_summary>;

route_summaries summarize(std::vector<postgres::noted_route_state>);
route_summaries read_summaries(const common_options&, const database_options&);

}  // namespace pinwire::cli
