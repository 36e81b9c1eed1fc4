#include "common/kafka/copy_record.hpp"

namespace pinwire::kafka {
namespace {

std::optional<std::string> copy_bytes(const void* bytes, std::size_t size) {
    if (bytes == nullptr) return std::nullopt;
    return std::string(static_cast<const char*>(bytes), size);
}

void copy_headers(const rd_kafka_message_t& from, std::vector<header>& to) {
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&from, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    to.reserve(rd_kafka_header_cnt(headers));
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        header one;
        one.name = name;
        if (value != nullptr) one.value.assign(static_cast<const char*>(value), size);
        to.push_back(std::move(one));
    }
}

}  // namespace

record copy_record(const rd_kafka_message_t& from) {
    record to;
    to.topic = rd_kafka_topic_name(from.rkt);
    to.partition = from.partition;
    to.offset = from.offset;
    to.key = copy_bytes(from.key, from.key_len);
    to.payload = copy_bytes(from.payload, from.len);
    copy_headers(from, to.headers);
    const auto milliseconds = rd_kafka_message_timestamp(&from, nullptr);
    if (milliseconds > 0) {
        to.timestamp =
            std::chrono::system_clock::time_point(std::chrono::milliseconds(milliseconds));
    }
    return to;
}

}  // namespace pinwire::kafka
