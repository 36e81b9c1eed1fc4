// Percentiles over every single value of a run, never over percentiles. Milliseconds.
#pragma once

#include <cstddef>
#include <vector>

namespace pinwire::bench {

struct percentiles {
    std::size_t count = 0;
    double p50 = 0;
    double p90 = 0;
    double p99 = 0;
    double p999 = 0;
    double max = 0;
};

percentiles percentiles_of(std::vector<double> values);

}  // namespace pinwire::bench
