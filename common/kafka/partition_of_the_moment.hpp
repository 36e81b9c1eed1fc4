// For topics whose readers don't care which partition a key is in: all records of a moment go to
// one partition, the next moment's to another, in an order of this process's own. Brokers are asked
// once for each partition and not for each record, so this is what a burst costs them. A partition
// without a leader is passed over. Included by .cpp files of common/kafka only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/kafka/rdkafka_handles.hpp"

namespace pinwire::kafka {

using topic_handle = std::unique_ptr<rd_kafka_topic_t, destroyed_by<rd_kafka_topic_destroy>>;

// The topics of one client that are written so, with the client's other settings for topics.
// Released, or destroyed, before the client. One thread, but for the partitioner, which librdkafka
// calls from any.
class gathered_topics {
public:
    gathered_topics(rd_kafka_t* client, const std::vector<std::string>& names);

    // Before the first message to each topic, and not earlier: librdkafka remembers for minutes
    // that a topic wasn't there when it was asked for. Throws std::runtime_error if it refuses.
    void before_produce(const std::string& topic);
    void release();

private:
    struct topic {
        std::string name;
        topic_handle handle;  // null: nothing was produced yet
    };

    rd_kafka_t* client_;
    std::unique_ptr<const std::uint64_t> seed_;
    std::vector<topic> topics_;
};

}  // namespace pinwire::kafka
