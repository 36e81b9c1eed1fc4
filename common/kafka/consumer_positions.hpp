// Where a group's partitions stand: committed offset, first record that the broker still has, end.
// Blocking; on the consumer's own side thread. Included by .cpp files of common/kafka only.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "common/kafka/rdkafka_handles.hpp"
#include "common/kafka/record.hpp"

namespace pinwire::kafka {

struct committed_position {
    topic_partition at;
    std::int64_t committed = -1;  // -1: the group never committed
    std::int64_t first = 0;
};
using committed_positions = std::vector<committed_position>;

// False if the brokers didn't answer in time (some seconds).
bool ask_committed_positions(
    rd_kafka_t* client, const std::vector<topic_partition>& names, committed_positions& found
);

// Offsets of what will be written next; a partition that doesn't tell in time (a second) is left
// out.
std::map<topic_partition, std::int64_t> ask_ends(
    rd_kafka_t* client, const std::vector<topic_partition>& names
);

}  // namespace pinwire::kafka
