// What the API counts, as handles that are resolved once; docs/operations.md says what each means.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "api/order.hpp"
#include "common/postgres/guesses.hpp"
#include "common/telemetry/connection_figures.hpp"
#include "common/telemetry/metrics.hpp"

namespace pinwire::api {

class figures {
public:
    explicit figures(telemetry::metrics&);

    // An answered request; the endpoint is the router's word for it, never a stranger's.
    void request(std::string_view dialect, std::string_view endpoint, unsigned status);
    void order(placed_order::kind);
    void guess(postgres::guess_answer::kind);

    telemetry::histogram request_seconds;
    telemetry::histogram wait_seconds;  // from Kafka's acknowledgement to the awaited event
    telemetry::gauge waiting;           // orders that wait for news now
    telemetry::connection_figures connections;
    telemetry::counter events;         // for us
    telemetry::counter events_others;  // passed over
    telemetry::counter events_late;    // nobody waited any more
    telemetry::counter events_unread;  // not readable
    telemetry::counter settled;        // charges booked or given back

private:
    using request_key = std::tuple<std::string, std::string, unsigned>;

    telemetry::metrics& metrics_;
    std::map<request_key, telemetry::counter> requests_;
    std::array<telemetry::counter, 7> order_counters_;
    std::array<telemetry::counter, 7> guess_counters_;
};

}  // namespace pinwire::api
