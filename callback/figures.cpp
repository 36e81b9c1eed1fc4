#include "callback/figures.hpp"

namespace pinwire::callback {

figures::figures(telemetry::metrics& to) {
    dlrs_taken = to.make_counter("pinwire_dlrs_total", "DLR entries acknowledged by Kafka");
    dlrs_unreadable = to.make_counter(
        "pinwire_dlrs_unreadable_total", "Authenticated entries kept raw in pin.dlrs.dead"
    );
    dlrs_unknown_status = to.make_counter(
        "pinwire_dlrs_unknown_status_total", "Entries whose status word is not known"
    );
    dlrs_unknown_fields = to.make_counter(
        "pinwire_dlrs_unknown_fields_total", "Entries with fields that are not known"
    );
    refused_stranger =
        to.make_counter("pinwire_dlr_requests_refused_total", "Requests without a valid proof");
    own_trouble = to.make_counter(
        "pinwire_dlr_requests_failed_total", "Requests answered 503: Kafka took nothing"
    );
    unknown_key = to.make_counter(
        "pinwire_dlr_requests_unknown_key_total", "Requests answered 503: a token of an unknown key"
    );
    intake_seconds =
        to.make_histogram("pinwire_dlr_intake_seconds", "From request to acknowledgement");
    connections.open = to.make_gauge("pinwire_dlr_connections", "Open connections of carriers");
    connections.over_limit = to.make_counter(
        "pinwire_dlr_connections_refused_total", "Connections refused because of a cap"
    );
    settled = to.make_counter("pinwire_dlrs_settled_total", "DLRs matched and folded");
    parked = to.make_counter("pinwire_dlrs_parked_total", "DLRs that fitted no row yet");
    unparked = to.make_counter("pinwire_dlrs_unparked_total", "Parked DLRs that fitted later");
    settle_dead = to.make_counter("pinwire_dlrs_dead_total", "Records that can't be settled");
    settle_seconds = to.make_histogram("pinwire_settle_seconds", "A settle batch, commit included");
    lag = to.make_gauge("pinwire_dlrs_lag", "Records of pin.dlrs not settled, as last heard of");
    prefetched =
        to.make_gauge("pinwire_dlrs_prefetched", "Records of pin.dlrs fetched and not yet taken");
    gaps = to.make_counter(
        "pinwire_dlrs_missing_total", "Records deleted before they were read: an alarm"
    );
    reports_delivered = to.make_counter("pinwire_reports_delivered_total", "Reports answered 2xx");
    reports_retried =
        to.make_counter("pinwire_reports_retried_total", "Tries that will be repeated");
    reports_dead =
        to.make_counter("pinwire_reports_dead_total", "Reports given up, kept for replay");
    reports_refused_address = to.make_counter(
        "pinwire_reports_refused_address_total", "Tries whose address may not be dialled"
    );
    leases_lost = to.make_counter(
        "pinwire_report_leases_lost_total", "Reports whose lease ran out in memory: not posted"
    );
    report_seconds = to.make_histogram("pinwire_report_seconds", "An endpoint's answer time");
    report_wait_seconds = to.make_histogram(
        "pinwire_report_wait_seconds", "From the closing commit to the first try"
    );
    reports_held = to.make_gauge("pinwire_reports_held", "Reports in this process's hands");
    reports_queued = to.make_gauge("pinwire_reports_queued", "Reports held in memory");
    reports_in_flight = to.make_gauge("pinwire_reports_in_flight", "Report requests under way");
    endpoints(to);
    closed_overdue =
        to.make_counter("pinwire_closed_overdue_total", "Attempts closed by their deadline");
    unfinished = to.make_gauge("pinwire_jobs_unfinished", "Jobs that are not final");
    oldest_due_seconds =
        to.make_gauge("pinwire_oldest_due_seconds", "Age of the oldest job that waits to be sent");
    reports_new = to.make_gauge("pinwire_reports_new", "Reports never tried");
    reports_waiting = to.make_gauge("pinwire_reports_waiting", "Reports that wait for another try");
    reports_dead_kept = to.make_gauge("pinwire_reports_dead_kept", "Dead reports kept for replay");
    parked_kept = to.make_gauge("pinwire_dlrs_parked_kept", "DLRs that fit no row");
    outbox = to.make_gauge("pinwire_outbox_rows", "Outbox rows not acknowledged by Kafka");
    set_aside = to.make_gauge(
        "pinwire_attempts_set_aside", "Attempts that died with three owners: an alarm"
    );
}

void figures::endpoints(telemetry::metrics& to) {
    retries_in_flight =
        to.make_gauge("pinwire_reports_retries_in_flight", "Of the requests, those tried before");
    endpoints_open = to.make_gauge("pinwire_endpoints_open", "Endpoints whose breaker is open");
    endpoints_known = to.make_gauge("pinwire_endpoints_known", "Endpoints held in memory");
    endpoints_failing = to.make_gauge(
        "pinwire_endpoints_failing", "Endpoints that failed and didn't succeed since"
    );
    endpoints_disabled =
        to.make_gauge("pinwire_endpoints_disabled", "Endpoints that get nothing until enabled");
    constexpr auto disabled = "pinwire_endpoints_disabled_total";
    constexpr auto why = "Endpoints disabled by their own answers";
    endpoints_gone = to.make_counter(disabled, why, {{"reason", "410"}});
    endpoints_given_up = to.make_counter(disabled, why, {{"reason", "failing"}});
    constexpr std::array after{"1h", "24h", "72h"};
    for (std::size_t i = 0; i < after.size(); ++i)
        endpoint_warnings[i] = to.make_counter(
            "pinwire_endpoint_warnings_total",
            "Endpoints of which every try failed for so long",
            {{"after", after[i]}}
        );
    proxy_failures = to.make_counter(
        "pinwire_report_proxy_failures_total", "Requests that didn't reach the egress proxy"
    );
}

}  // namespace pinwire::callback
