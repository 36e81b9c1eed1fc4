#include "bench/percentiles.hpp"

#include <algorithm>
#include <cmath>

namespace pinwire::bench {

percentiles percentiles_of(std::vector<double> values) {
    percentiles made;
    made.count = values.size();
    if (values.empty()) return made;
    std::sort(values.begin(), values.end());
    // The smallest value that at least this share of all values doesn't exceed.
    const auto at = [&values](double share) {
        const auto rank = std::ceil(share * static_cast<double>(values.size()));
        const auto place = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
        return values[std::min(place, values.size() - 1)];
    };
    made.p50 = at(0.5);
    made.p90 = at(0.9);
    made.p99 = at(0.99);
    made.p999 = at(0.999);
    made.max = values.back();
    return made;
}

}  // namespace pinwire::bench
