// What stands in a topic, all of it, and how far a consumer group has come: asked of the real
// broker, past our own adapter. Blocking; throws std::runtime_error when the broker doesn't answer
// within the limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pinwire::test {

struct raw_record {
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::string key;
    std::optional<std::string> payload;  // nullopt: null
    std::vector<std::pair<std::string, std::string>> headers;

    std::string header(const std::string& name) const;  // empty: there is none
};

int partition_count(const std::string& bootstrap, const std::string& topic);

// Every record from each partition's first to its present end.
std::vector<raw_record> read_topic(
    const std::string& bootstrap,
    const std::string& topic,
    std::chrono::milliseconds limit = std::chrono::seconds(60)
);

// Records between the group's committed offsets and the ends; a partition without a committed
// offset counts in full.
std::int64_t group_lag(
    const std::string& bootstrap, const std::string& group, const std::string& topic
);

// The sum of the offsets that the group has committed.
std::int64_t committed_in_all(
    const std::string& bootstrap, const std::string& group, const std::string& topic
);

// Up to that many in all.
void add_partitions(const std::string& bootstrap, const std::string& topic, int count);

// A consumer group that has no members, and all that it has committed.
void delete_group(const std::string& bootstrap, const std::string& group);

void delete_topics(const std::string& bootstrap, const std::vector<std::string>& topics);

}  // namespace pinwire::test
