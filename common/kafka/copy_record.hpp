// librdkafka's message -> our record. Included by .cpp files of common/kafka only.
#pragma once

#include "common/kafka/rdkafka_handles.hpp"
#include "common/kafka/record.hpp"

namespace pinwire::kafka {

// A held message pins its whole fetch buffer, so everything is copied. `assignment` stays 0.
record copy_record(const rd_kafka_message_t& from);

}  // namespace pinwire::kafka
