// What comes out of a topic: a copy that owns its bytes, so that librdkafka's buffers are free.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pinwire::kafka {

struct header {
    std::string name;
    std::string value;  // a null value reads as empty
};

// The last one of that name (as Kafka's lastHeader); null if there is none.
inline const std::string* find_header(const std::vector<header>& headers, std::string_view name) {
    for (auto it = headers.rbegin(); it != headers.rend(); ++it) {
        if (it->name == name) return &it->value;
    }
    return nullptr;
}

// Where a record stands, and in which assignment of its partition we got it: enough to say done.
struct position {
    std::string topic;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::uint64_t assignment = 0;
};

struct record {
    std::string topic;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::uint64_t assignment = 0;        // grows with each assignment of the partition to us
    std::optional<std::string> key;      // nullopt: null
    std::optional<std::string> payload;  // nullopt: null, a tombstone
    std::vector<header> headers;
    std::chrono::system_clock::time_point timestamp;  // epoch when the broker gave none

    const std::string* find_header(std::string_view name) const {
        return kafka::find_header(headers, name);
    }
    kafka::position position() const {
        kafka::position at;
        at.topic = topic;
        at.partition = partition;
        at.offset = offset;
        at.assignment = assignment;
        return at;
    }
};

struct topic_partition {
    std::string topic;
    std::int32_t partition = -1;

    friend bool operator==(const topic_partition&, const topic_partition&) = default;
    friend auto operator<=>(const topic_partition&, const topic_partition&) = default;
};

}  // namespace pinwire::kafka
