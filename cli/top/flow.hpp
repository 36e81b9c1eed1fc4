// What went on between two looks, a second: none where one of them lacks it. Pure.
#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "cli/top/look.hpp"

namespace pinwire::cli {

using rate = std::optional<double>;

// Seconds, of what was observed in between.
struct timing {
    double median = 0;
    double slow = 0;  // 99 of 100 were faster
};

struct flow {
    std::optional<double> seconds;  // between the looks

    // Kafka's word: over all instances.
    rate jobs_in, jobs_read;  // written to the topic; committed by the workers
    rate dlr_records_read;    // markers among them
    rate dlrs_lag_growth;     // of the lag, without markers
    // The database's.
    rate taken, finished;
    // The services': of those that were asked.
    rate sent, not_sent, in_doubt;
    rate dlrs_in, dlrs_settled;
    rate refused;       // final at once: refused, withheld, expired, no route
    rate dead_letters;  // with reused ids and rows that the database refuses
    rate unheard;       // closed by their deadline
    rate delivered, tried_in_vain, given_up;
    rate jobs_lost, dlrs_lost;                 // deleted before they were read
    std::map<route_name, double> route_parts;  // that left
    std::optional<timing> to_carrier, carrier, claim, report_wait, report;

    rate jobs_lag_growth() const;
};

// Nothing before: nothing is known.
flow flow_between(const look* before, const look& now);

}  // namespace pinwire::cli
