// Blocking questions and orders about topics, for the CLI and for a blocking_thread; never on the
// loop. Each call opens a client of its own and is bounded by its time limit. Not reachable:
// std::runtime_error.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/kafka/record.hpp"
#include "common/kafka/settings.hpp"

namespace pinwire::kafka {

struct topic_spec {
    std::string name;
    int partitions = 12;
    int replication = 1;
    std::map<std::string, std::string> config;  // retention.ms and so on
};

enum class topic_created {
    created,
    existed,      // left as it was
    unavailable,  // the broker has no admin interface (the embedded one): nothing was done
    failed,       // see error
};

struct create_result {
    std::string name;
    topic_created outcome = topic_created::failed;
    std::string error;
};

// Those created are known to the broker that was asked, unless that takes it longer than the limit.
std::vector<create_result> create_topics(
    const settings&,
    const std::vector<topic_spec>&,
    std::chrono::milliseconds limit = std::chrono::seconds(10)
);

struct topic_description {
    std::string name;
    bool exists = false;
    int partitions = 0;
    int replication = 0;                        // of partition 0
    bool config_available = false;              // false: the broker has no admin interface, or
                                                // doesn't let us (DescribeConfigs)
    std::map<std::string, std::string> config;  // retention.ms, cleanup.policy,
                                                // min.insync.replicas, message.timestamp.type,
                                                // unclean.leader.election.enable
};

// In the order of names. Doesn't create what isn't there.
std::vector<topic_description> describe_topics(
    const settings&,
    const std::vector<std::string>& names,
    std::chrono::milliseconds limit = std::chrono::seconds(10)
);

struct partition_offsets {
    topic_partition at;
    std::int64_t first = 0;  // of the oldest record there is
    std::int64_t end = 0;    // of the next one to be written
};

// All partitions of the topic, ascending; empty if there is no such topic.
std::vector<partition_offsets> end_offsets(
    const settings&,
    const std::string& topic,
    std::chrono::milliseconds limit = std::chrono::seconds(10)
);

}  // namespace pinwire::kafka
