#include "cli/route_states.hpp"

#include <algorithm>

#include "cli/database_command.hpp"

namespace pinwire::cli {
namespace {

// A worker says it every three seconds.
constexpr std::chrono::seconds fresh{15};

void add(route_summary& to, const postgres::route_state& one) {
    to.rate += one.rate;
    to.errors = std::max(to.errors, one.errors);
    to.waiting += one.waiting;
    to.under_way += one.under_way;
    if (one.confirmed) to.confirmed = one.confirmed;
    if (one.late) to.late = one.late;
    to.paused = to.paused || one.state == "paused";
    if (one.state == "unhealthy" || one.state == "probing") ++to.troubled;
}

}  // namespace

route_summaries summarize(std::vector<postgres::noted_route_state> states) {
    route_summaries all;
    for (auto& one : states) {
        auto& to = all[one.what.route];
        add(to, one.what);
        to.workers.push_back(std::move(one));
    }
    for (auto& [route, its] : all) {
        std::map<std::pair<std::string, std::string>, int> votes;
        int most = 0;
        for (const auto& one : its.workers) {
            const int now = ++votes[{one.what.state, one.what.reason}];
            if (now <= most) continue;
            most = now;
            its.state = one.what.state;
            its.reason = one.what.reason;
        }
    }
    return all;
}

route_summaries read_summaries(const common_options& common, const database_options& options) {
    return with_database(common, options, [](postgres::session& on) {
        return summarize(postgres::read_route_states(on, fresh));
    });
}

}  // namespace pinwire::cli
