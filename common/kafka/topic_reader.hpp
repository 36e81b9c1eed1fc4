// Reads a stretch of a topic once, from given offsets to given ends, for the CLI: by assignment,
// so that no group and no committed offset is touched. Blocking and bounded by a time limit; never
// on the loop. What can't be reached or read in time is a std::runtime_error.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "common/kafka/record.hpp"
#include "common/kafka/settings.hpp"

namespace pinwire::kafka {

struct offset_range {
    topic_partition at;
    std::int64_t from = 0;
    std::int64_t end = 0;  // the first that isn't read; nothing when it isn't above `from`
};

// Calls `take` for each record, ordered within a partition only. Offsets that are gone (retention,
// compaction, transaction marks) are passed over.
void read_ranges(
    const settings&,
    const std::vector<offset_range>& ranges,
    const std::function<void(record)>& take,
    std::chrono::milliseconds limit = std::chrono::seconds(20)
);

// The same ranges, each from its first record of that time or later on. Where the broker can't
// tell (the embedded one), they begin where they began.
std::vector<offset_range> begun_at(
    const settings&,
    std::vector<offset_range> ranges,
    std::chrono::system_clock::time_point since,
    std::chrono::milliseconds limit = std::chrono::seconds(10)
);

}  // namespace pinwire::kafka
