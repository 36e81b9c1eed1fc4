// Owners for librdkafka's C handles, and the configuration that all our clients share. Included by
// .cpp files of common/kafka only: rdkafka.h doesn't leave this folder.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/kafka/settings.hpp"

namespace pinwire::kafka {

template <auto Destroy>
struct destroyed_by {
    template <class T>
    void operator()(T* handle) const {
        Destroy(handle);
    }
};

using conf_handle = std::unique_ptr<rd_kafka_conf_t, destroyed_by<rd_kafka_conf_destroy>>;
using client_handle = std::unique_ptr<rd_kafka_t, destroyed_by<rd_kafka_destroy>>;
using queue_handle = std::unique_ptr<rd_kafka_queue_t, destroyed_by<rd_kafka_queue_destroy>>;
using event_handle = std::unique_ptr<rd_kafka_event_t, destroyed_by<rd_kafka_event_destroy>>;
using error_handle = std::unique_ptr<rd_kafka_error_t, destroyed_by<rd_kafka_error_destroy>>;
using partitions_handle = std::unique_ptr<
    rd_kafka_topic_partition_list_t,
    destroyed_by<rd_kafka_topic_partition_list_destroy>>;
using partition_handle =
    std::unique_ptr<rd_kafka_topic_partition_t, destroyed_by<rd_kafka_topic_partition_destroy>>;

// Throws std::runtime_error naming the setting; never its value, which may be a password.
void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value);
void set(rd_kafka_conf_t* conf, const std::string& name, std::chrono::milliseconds value);
void set(rd_kafka_conf_t* conf, const std::string& name, int value);

// Brokers, security and reconnection. `extra` is applied last, by apply_extra.
conf_handle base_conf(const settings&);
void apply_extra(rd_kafka_conf_t* conf, const settings&);

// Consumes the configuration.
client_handle make_client(rd_kafka_type_t type, conf_handle conf);

std::string fatal_text(rd_kafka_t* client);

}  // namespace pinwire::kafka
