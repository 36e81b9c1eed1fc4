// What one misbehaving carrier costs the others' jobs: rounds of two spans of open loop, in the
// first all are well, in the second one is ill; then it gets well again and all that waited for it
// comes through.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/percentiles.hpp"
#include "bench/rig.hpp"
#include "bench/sick_carrier.hpp"

namespace pinwire::bench {

// Milliseconds from a job's intended moment to the carrier's acceptance, of all rounds together.
struct trouble_latencies {
    percentiles others;              // jobs of the two carriers that are well
    percentiles diverted;            // the sick carrier's, which have another way
    std::vector<double> p99_others;  // of each round
};

struct trouble_result {
    std::string what;
    std::size_t rate = 0;  // offered, jobs a second: half of them the others'
    std::size_t jobs = 0;
    std::uint64_t finals = 0;
    trouble_latencies well;
    trouble_latencies ill;
    double cores_well = 0;  // CPU seconds a second, of all processes
    double cores_ill = 0;

    // By how much the others' p99 changed: 0.2 is a fifth more.
    double change() const {
        return well.others.p99 == 0 ? 0 : ill.others.p99 / well.others.p99 - 1;
    }
    bool complete() const { return finals >= jobs; }
};

awaitable<trouble_result> measure_trouble(rig& on, sick_carrier& sick);

std::string to_table(const trouble_result&);

}  // namespace pinwire::bench
