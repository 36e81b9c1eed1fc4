// What the callback counts, as handles that are resolved once; docs/operations.md says what each
// means.
#pragma once

#include <array>
#include <string_view>

#include "common/telemetry/connection_figures.hpp"
#include "common/telemetry/metrics.hpp"

namespace pinwire::callback {

struct figures {
    explicit figures(telemetry::metrics&);

    // listener
    telemetry::counter dlrs_taken;       // entries acknowledged by Kafka
    telemetry::counter dlrs_unreadable;  // authenticated, kept raw in pin.dlrs.dead
    telemetry::counter dlrs_unknown_status;
    telemetry::counter dlrs_unknown_fields;  // entries with fields that no translator knows
    telemetry::counter refused_stranger;     // no such path, or a proof that failed
    telemetry::counter own_trouble;          // answered 503: Kafka took nothing
    telemetry::counter unknown_key;          // answered 503: a key not here yet, or made up
    telemetry::histogram intake_seconds;
    telemetry::connection_figures connections;
    // settler
    telemetry::counter settled;
    telemetry::counter parked;
    telemetry::counter unparked;
    telemetry::counter settle_dead;  // records that can't be settled: pin.dlrs.dead
    telemetry::histogram settle_seconds;
    telemetry::gauge lag;
    telemetry::gauge prefetched;
    telemetry::counter gaps;
    // dispatcher
    telemetry::counter reports_delivered;
    telemetry::counter reports_retried;
    telemetry::counter reports_dead;
    telemetry::counter reports_refused_address;
    telemetry::counter leases_lost;
    telemetry::histogram report_seconds;       // the endpoint's answer time
    telemetry::histogram report_wait_seconds;  // from the closing commit to the first try
    telemetry::gauge reports_held;
    telemetry::gauge reports_queued;
    telemetry::gauge reports_in_flight;
    telemetry::gauge retries_in_flight;
    telemetry::gauge endpoints_open;                      // whose breaker is open
    telemetry::gauge endpoints_known;                     // in memory
    telemetry::gauge endpoints_failing;                   // of which no try succeeded lately
    telemetry::gauge endpoints_disabled;                  // now
    telemetry::counter endpoints_gone;                    // disabled by a 410
    telemetry::counter endpoints_given_up;                // disabled by failing for too long
    std::array<telemetry::counter, 3> endpoint_warnings;  // for an hour, a day, three days
    telemetry::counter proxy_failures;
    // sweeps
    telemetry::counter closed_overdue;
    telemetry::gauge unfinished;
    telemetry::gauge oldest_due_seconds;
    telemetry::gauge reports_new;
    telemetry::gauge reports_waiting;
    telemetry::gauge reports_dead_kept;
    telemetry::gauge parked_kept;
    telemetry::gauge outbox;
    telemetry::gauge set_aside;

private:
    void endpoints(telemetry::metrics&);
};

}  // namespace pinwire::callback
