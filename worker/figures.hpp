// What the worker counts, as handles that are resolved once; docs/operations.md says what each
// means.
#pragma once

#include <array>
#include <string_view>

#include "common/core/lookup_outcome.hpp"
#include "common/core/strong.hpp"
#include "common/telemetry/metrics.hpp"

namespace pinwire::worker {

// Of one lookup provider.
struct provider_figures {
    std::array<telemetry::counter, 6> answers;  // by outcome; all but no_provider
    telemetry::counter failed;                  // no answer, or one that is the provider's trouble
    telemetry::counter skipped_open;            // its breaker was open
    telemetry::counter skipped_busy;            // it had no place free in time
    telemetry::counter skipped_throttled;       // it asked for patience
    telemetry::gauge breaker;                   // 0 closed, 1 half open, 2 open
    telemetry::counter cost;                    // in its own currency
};

class figures {
public:
    explicit figures(telemetry::metrics&);

    void lookup(lookup_outcome) const;
    provider_figures provider(const provider_name&) const;
    // How a job's message ended in this worker: claimed, repeat, dead_letter, refused, expired,
    // reused.
    telemetry::counter jobs(std::string_view result) const;
    // How a request for an attempt ended: sent, not_sent, in_doubt.
    telemetry::counter sends(std::string_view result) const;

    // What a rung of the ladder brought: repeated (taken by then), asked_found, asked_absent,
    // asked_unknown, resent.
    telemetry::counter doubts(std::string_view how) const;

    telemetry::counter lookup_cache_hits;
    telemetry::counter lookup_cache_misses;
    telemetry::counter lookup_twins;  // waited for the same number's lookup under way
    telemetry::gauge lookup_cache_entries;
    telemetry::histogram lookup_seconds;
    telemetry::histogram send_seconds;
    telemetry::histogram claim_seconds;
    telemetry::histogram record_seconds;
    telemetry::histogram job_to_carrier_seconds;  // from the record's timestamp to the first byte
    telemetry::gauge in_flight;
    telemetry::gauge lag;
    telemetry::gauge prefetched;
    telemetry::gauge waiting_held;
    telemetry::counter taken_over;
    telemetry::counter resent_in_doubt;  // uses of the operator's waiver
    telemetry::counter superseded;
    telemetry::counter steps_begun;    // of plans, the first ones not counted
    telemetry::counter plans_stopped;  // with steps left: the PIN no longer counted
    telemetry::counter closed_overdue;
    telemetry::counter record_moved_on;  // outcomes that found the row in other hands
    telemetry::counter gaps;             // records that were deleted before they were read

private:
    void make_results(telemetry::metrics&);

    telemetry::metrics* registry_;
    std::array<telemetry::counter, 7> lookups_;
    telemetry::counter claimed_, repeat_, dead_letter_, final_at_once_, reused_, bad_row_;
    telemetry::counter sent_, not_sent_, in_doubt_;
    telemetry::counter repeated_, asked_found_, asked_absent_, asked_unknown_, resent_;
};

}  // namespace pinwire::worker
