// What the tables know of routes (sql/017_routes.sql): how each stands in each worker, what becomes
// of what it sends, and whose name it put in another's place. Blocking; run it on an executor's
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/delivery_watch.hpp"
#include "common/core/ids.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

// A route in one worker.
struct route_state {
    route_name route;
    std::string state;   // ready, slowed, unhealthy, probing, paused, retired
    std::string reason;  // empty: none
    double rate = 0;     // parts a second that it lets go at most
    double errors = 0;   // share of the requests of the last minute
    std::int64_t waiting = 0;
    std::int64_t under_way = 0;
    std::optional<double> confirmed;  // share of what was sent; none: not known
    std::optional<milliseconds> late;
};

// Replaces what this epoch said before.
void note_routes(session&, const epoch_id&, std::span<const route_state>);

struct noted_route_state {
    route_state what;
    epoch_id epoch;
    std::string host;
    time_point since;
    time_point noted_at;
};
// Of workers that said so within `fresh`, by route; reads tables directly, as pinwire_reader may.
std::vector<noted_route_state> read_route_states(session&, milliseconds fresh);

struct sender_note {
    attempt_id attempt;
    sender_name sender;
};
// What a route put in place of the sender that job or account named.
void note_senders(session&, const epoch_id&, std::span<const sender_note>);

struct delivery_question {
    route_name route;
    time_point since;  // what was sent before it doesn't count
};
struct delivery_answer {
    route_name route;
    delivery_figures figures;
};
// Routes that sent nothing have no answer.
std::vector<delivery_answer> route_deliveries(
    session&, std::span<const delivery_question>, time_point until
);

}  // namespace pinwire::postgres
