// One look at a running installation: what the database, Kafka and the services' own metrics said.
// Plain values; a part that couldn't be asked says why instead. Times of looks are of the steady
// clock: rates are differences.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/route_states.hpp"
#include "cli/top/metrics_text.hpp"
#include "common/core/strong.hpp"
#include "common/kafka/group_watch.hpp"
#include "common/postgres/endpoints.hpp"
#include "common/postgres/live_view.hpp"

namespace pinwire::cli {

using steady_point = std::chrono::steady_clock::time_point;
using wall_point = std::chrono::system_clock::time_point;

struct database_look {
    steady_point at;
    postgres::live_view view;
    route_summaries routes;
    std::vector<postgres::endpoint_story> endpoints;  // the most interesting first
};

// A topic with the group that reads it.
struct topic_look {
    std::string topic;
    std::optional<kafka::group_progress> group;  // none: there is no such topic
};

struct kafka_look {
    steady_point at;
    topic_look jobs;
    topic_look dlrs;
};

// A service's own figures.
struct service_look {
    steady_point at;
    std::string address;  // as it was given
    std::string error;    // empty: it answered
    samples said;
};

// What was said, or why nothing was.
template <class What>
struct told {
    std::optional<What> what;
    std::string error;
};

struct look {
    wall_point at;
    told<database_look> database;
    told<kafka_look> kafka;
    std::vector<service_look> services;
};

// What doesn't change from look to look.
struct installation {
    std::map<route_name, double> tps;  // of the routes of the configuration
};

}  // namespace pinwire::cli
