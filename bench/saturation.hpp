// How many jobs a second the whole pipeline takes, and what each costs: jobs are produced as fast
// as they come out at the other end, with a bounded number between producer and customer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/rig.hpp"

namespace pinwire::bench {

struct saturation_result {
    std::size_t jobs = 0;      // produced
    std::uint64_t finals = 0;  // final reports that came; fewer than jobs: the limit was over
    double seconds = 0;        // from the first job to the last report
    double jobs_per_second = 0;
    double steady_per_second = 0;  // between a tenth and nine tenths of the reports
    costs cost;

    bool complete() const { return finals >= jobs; }
};

awaitable<saturation_result> measure_saturation(rig& on);

}  // namespace pinwire::bench
