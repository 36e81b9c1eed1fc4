#include "worker/figures.hpp"

#include <string>

namespace pinwire::worker {

figures::figures(telemetry::metrics& to) : registry_(&to) {
    lookup_cache_hits =
        to.make_counter("pinwire_lookup_cache_hits_total", "Lookups answered by the cache");
    lookup_cache_misses = to.make_counter(
        "pinwire_lookup_cache_misses_total", "Lookups for which providers are asked"
    );
    lookup_twins = to.make_counter(
        "pinwire_lookup_twins_total", "Lookups that waited for the same number's, under way already"
    );
    lookup_cache_entries = to.make_gauge("pinwire_lookup_cache_entries", "Numbers in the cache");
    lookup_seconds = to.make_histogram("pinwire_lookup_seconds", "A provider's answer time");
    send_seconds = to.make_histogram("pinwire_send_seconds", "A carrier's answer time");
    claim_seconds =
        to.make_histogram("pinwire_claim_seconds", "From handing a claim over to its commit");
    record_seconds = to.make_histogram("pinwire_record_seconds", "From an outcome to its commit");
    job_to_carrier_seconds =
        to.make_histogram("pinwire_job_to_carrier_seconds", "From the job's record to the carrier");
    in_flight = to.make_gauge("pinwire_jobs_in_flight", "Jobs between poll and outcome");
    lag = to.make_gauge("pinwire_jobs_lag", "Records of pin.jobs not finished, as last heard of");
    prefetched =
        to.make_gauge("pinwire_jobs_prefetched", "Records of pin.jobs fetched and not yet taken");
    waiting_held = to.make_gauge("pinwire_attempts_waiting", "Waiting attempts held in memory");
    taken_over =
        to.make_counter("pinwire_takeovers_total", "Sending rows inherited from dead workers");
    resent_in_doubt = to.make_counter(
        "pinwire_in_doubt_resends_total", "Uses of in_doubt = resend: may have sent twice"
    );
    superseded =
        to.make_counter("pinwire_superseded_total", "Attempts whose PIN no longer counted");
    steps_begun = to.make_counter("pinwire_steps_total", "Later steps of plans that began");
    plans_stopped = to.make_counter(
        "pinwire_plans_stopped_total", "Plans with steps left whose PIN no longer counted"
    );
    closed_overdue =
        to.make_counter("pinwire_closed_overdue_total", "Attempts closed by their deadline");
    record_moved_on = to.make_counter(
        "pinwire_record_moved_on_total", "Outcomes whose row was in other hands by then"
    );
    gaps = to.make_counter(
        "pinwire_jobs_missing_total", "Records deleted before they were read: an alarm"
    );
    for (std::size_t i = 0; i < lookups_.size(); ++i) {
        const auto outcome = static_cast<lookup_outcome>(i);
        lookups_[i] = to.make_counter(
            "pinwire_lookups_total",
            "Lookups by outcome",
            {{"outcome", std::string(to_string(outcome))}}
        );
    }
    make_results(to);
}

// What is counted by its result.
void figures::make_results(telemetry::metrics& to) {
    const auto job = [&to](std::string result) {
        return to.make_counter(
            "pinwire_jobs_total", "Messages of pin.jobs by result", {{"result", result}}
        );
    };
    claimed_ = job("claimed");
    repeat_ = job("repeat");
    dead_letter_ = job("dead_letter");
    final_at_once_ = job("final_at_once");
    reused_ = job("job_id_reused");
    bad_row_ = job("bad_row");
    const auto send = [&to](std::string result) {
        return to.make_counter(
            "pinwire_sends_total", "Carrier requests by result", {{"result", result}}
        );
    };
    sent_ = send("sent");
    not_sent_ = send("not_sent");
    in_doubt_ = send("in_doubt");
    const auto rung = [&to](std::string how) {
        return to.make_counter(
            "pinwire_in_doubt_rungs_total", "What the ladder of doubt brought", {{"rung", how}}
        );
    };
    repeated_ = rung("repeated");
    asked_found_ = rung("asked_found");
    asked_absent_ = rung("asked_absent");
    asked_unknown_ = rung("asked_unknown");
    resent_ = rung("resent");
}

void figures::lookup(lookup_outcome outcome) const {
    lookups_.at(static_cast<std::size_t>(outcome)).add();
}

provider_figures figures::provider(const provider_name& name) const {
    const auto counter = [&](const char* metric, const char* help, std::string key, auto value) {
        telemetry::labels with{{"provider", name.str()}};
        if (!key.empty()) with.emplace(std::move(key), std::string(value));
        return registry_->make_counter(metric, help, with);
    };
    provider_figures made;
    const auto answers = [&](std::string_view outcome) {
        return counter(
            "pinwire_lookup_answers_total", "Turns of a provider by result", "outcome", outcome
        );
    };
    for (std::size_t i = 0; i < made.answers.size(); ++i)
        made.answers[i] = answers(to_string(static_cast<lookup_outcome>(i)));
    made.failed = answers("failed");
    const auto skips = [&](std::string_view reason) {
        return counter(
            "pinwire_lookup_skips_total", "Turns of a provider that went by", "reason", reason
        );
    };
    made.skipped_open = skips("breaker_open");
    made.skipped_busy = skips("busy");
    made.skipped_throttled = skips("throttled");
    made.breaker = registry_->make_gauge(
        "pinwire_lookup_breaker", "0 closed, 1 half open, 2 open", {{"provider", name.str()}}
    );
    made.cost =
        counter("pinwire_lookup_cost_total", "What the provider says its answers cost", "", "");
    return made;
}

telemetry::counter figures::jobs(std::string_view result) const {
    if (result == "claimed") return claimed_;
    if (result == "repeat") return repeat_;
    if (result == "dead_letter") return dead_letter_;
    if (result == "final_at_once") return final_at_once_;
    if (result == "job_id_reused") return reused_;
    return bad_row_;
}

telemetry::counter figures::doubts(std::string_view how) const {
    if (how == "repeated") return repeated_;
    if (how == "asked_found") return asked_found_;
    if (how == "asked_absent") return asked_absent_;
    return how == "asked_unknown" ? asked_unknown_ : resent_;
}

telemetry::counter figures::sends(std::string_view result) const {
    if (result == "sent") return sent_;
    return result == "not_sent" ? not_sent_ : in_doubt_;
}

}  // namespace pinwire::worker
