// How long a job takes when jobs come at a fixed rate whatever happens (open loop): each has its
// intended moment, and a late producer's delay counts as the pipeline's own customers would see it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/percentiles.hpp"
#include "bench/rig.hpp"

namespace pinwire::bench {

struct open_loop_result {
    std::size_t rate = 0;  // offered, jobs a second
    std::size_t jobs = 0;
    std::uint64_t finals = 0;
    double achieved = 0;  // reports a second, between the first and the last

    // Milliseconds.
    percentiles handed_over;    // intended -> given to the Kafka client
    percentiles at_carrier;     // intended -> the carrier has the request
    percentiles at_customer;    // intended -> the customer has the final report
    percentiles dlr_to_report;  // the carrier begins to post the DLR -> the customer has the report
    costs cost;

    bool complete() const { return finals >= jobs; }
};

awaitable<open_loop_result> measure_open_loop(rig& on);

}  // namespace pinwire::bench
