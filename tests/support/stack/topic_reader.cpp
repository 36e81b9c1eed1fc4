#include "tests/support/stack/topic_reader.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace pinwire::test {
namespace {

struct free_client {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using client = std::unique_ptr<rd_kafka_t, free_client>;

struct free_list {
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};
using partition_list = std::unique_ptr<rd_kafka_topic_partition_list_t, free_list>;

constexpr int patience_ms = 15'000;

client make_client(
    rd_kafka_type_t type, const std::vector<std::pair<std::string, std::string>>& values
) {
    char error[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [name, value] : values) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) !=
            RD_KAFKA_CONF_OK)
            throw std::runtime_error(error);
    }
    client made(rd_kafka_new(type, conf, error, sizeof error));
    if (!made) throw std::runtime_error(error);
    return made;
}

client make_consumer(const std::string& bootstrap, const std::string& group) {
    auto made = make_client(
        RD_KAFKA_CONSUMER,
        {{"bootstrap.servers", bootstrap},
         {"group.id", group},
         {"enable.auto.commit", "false"},
         {"auto.offset.reset", "earliest"},
         {"fetch.wait.max.ms", "20"},
         {"enable.partition.eof", "true"}}
    );
    rd_kafka_poll_set_consumer(made.get());
    return made;
}

void check(rd_kafka_resp_err_t error, const std::string& what) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        throw std::runtime_error(fmt::format("{}: {}", what, rd_kafka_err2str(error)));
}

partition_list partitions_of(rd_kafka_t* of, const std::string& topic) {
    rd_kafka_topic_t* handle = rd_kafka_topic_new(of, topic.c_str(), nullptr);
    const struct rd_kafka_metadata* about = nullptr;
    const auto error = rd_kafka_metadata(of, 0, handle, &about, patience_ms);
    rd_kafka_topic_destroy(handle);
    check(error, "metadata of " + topic);
    partition_list made(rd_kafka_topic_partition_list_new(8));
    for (int i = 0; i < about->topics[0].partition_cnt; ++i) {
        const auto number = about->topics[0].partitions[i].id;
        auto* one = rd_kafka_topic_partition_list_add(made.get(), topic.c_str(), number);
        one->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_metadata_destroy(about);
    return made;
}

raw_record copy_of(const rd_kafka_message_t* message) {
    raw_record made;
    made.partition = message->partition;
    made.offset = message->offset;
    if (message->key != nullptr) {
        made.key.assign(static_cast<const char*>(message->key), message->key_len);
    }
    if (message->payload != nullptr) {
        made.payload.emplace(static_cast<const char*>(message->payload), message->len);
    }
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return made;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        made.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
    }
    return made;
}

}  // namespace

std::string raw_record::header(const std::string& name) const {
    for (const auto& [given, value] : headers) {
        if (given == name) return value;
    }
    return {};
}

int partition_count(const std::string& bootstrap, const std::string& topic) {
    const auto asker = make_consumer(bootstrap, "pinwire-test-reader");
    return partitions_of(asker.get(), topic)->cnt;
}

std::vector<raw_record> read_topic(
    const std::string& bootstrap, const std::string& topic, std::chrono::milliseconds limit
) {
    const auto reader = make_consumer(bootstrap, "pinwire-test-reader");
    const auto partitions = partitions_of(reader.get(), topic);
    check(rd_kafka_assign(reader.get(), partitions.get()), "assigning " + topic);
    const auto by = std::chrono::steady_clock::now() + limit;
    std::vector<raw_record> all;
    int left = partitions->cnt;
    while (left > 0) {
        if (std::chrono::steady_clock::now() > by)
            throw std::runtime_error("reading " + topic + " took too long");
        rd_kafka_message_t* message = rd_kafka_consumer_poll(reader.get(), 500);
        if (message == nullptr) continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) --left;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) all.push_back(copy_of(message));
        rd_kafka_message_destroy(message);
    }
    rd_kafka_assign(reader.get(), nullptr);
    rd_kafka_consumer_close(reader.get());
    return all;
}

std::int64_t group_lag(
    const std::string& bootstrap, const std::string& group, const std::string& topic
) {
    const auto asker = make_consumer(bootstrap, group);  // never joins: it only asks
    const auto partitions = partitions_of(asker.get(), topic);
    check(
        rd_kafka_committed(asker.get(), partitions.get(), patience_ms),
        "committed offsets of " + group
    );
    std::int64_t lag = 0;
    for (int i = 0; i < partitions->cnt; ++i) {
        const auto& one = partitions->elems[i];
        std::int64_t first = 0;
        std::int64_t end = 0;
        const auto error = rd_kafka_query_watermark_offsets(
            asker.get(), topic.c_str(), one.partition, &first, &end, patience_ms
        );
        check(error, "ends of " + topic);
        lag += end - (one.offset >= 0 ? one.offset : first);
    }
    return lag;
}

std::int64_t committed_in_all(
    const std::string& bootstrap, const std::string& group, const std::string& topic
) {
    const auto asker = make_consumer(bootstrap, group);
    const auto partitions = partitions_of(asker.get(), topic);
    check(
        rd_kafka_committed(asker.get(), partitions.get(), patience_ms),
        "committed offsets of " + group
    );
    std::int64_t sum = 0;
    for (int i = 0; i < partitions->cnt; ++i)
        sum += std::max<std::int64_t>(0, partitions->elems[i].offset);
    return sum;
}

void delete_topics(const std::string& bootstrap, const std::vector<std::string>& topics) {
    const auto admin = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}});
    std::vector<rd_kafka_DeleteTopic_t*> wanted;
    for (const auto& name : topics)
        wanted.push_back(rd_kafka_DeleteTopic_new(name.c_str()));
    rd_kafka_queue_t* queue = rd_kafka_queue_new(admin.get());
    rd_kafka_DeleteTopics(admin.get(), wanted.data(), wanted.size(), nullptr, queue);
    rd_kafka_event_t* done = rd_kafka_queue_poll(queue, 5000);
    if (done != nullptr) rd_kafka_event_destroy(done);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteTopic_destroy_array(wanted.data(), wanted.size());
}

void add_partitions(const std::string& bootstrap, const std::string& topic, int count) {
    const auto admin = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}});
    char error[512];
    auto* wanted = rd_kafka_NewPartitions_new(
        topic.c_str(), static_cast<std::size_t>(count), error, sizeof error
    );
    if (wanted == nullptr) throw std::runtime_error(error);
    rd_kafka_queue_t* queue = rd_kafka_queue_new(admin.get());
    rd_kafka_CreatePartitions(admin.get(), &wanted, 1, nullptr, queue);
    rd_kafka_event_t* done = rd_kafka_queue_poll(queue, patience_ms);
    std::size_t size = 0;
    const auto* told = done == nullptr ? nullptr : rd_kafka_event_CreatePartitions_result(done);
    const auto* const* each =
        told == nullptr ? nullptr : rd_kafka_CreatePartitions_result_topics(told, &size);
    const auto failed = size == 1 ? rd_kafka_topic_result_error(each[0]) : RD_KAFKA_RESP_ERR__FAIL;
    if (done != nullptr) rd_kafka_event_destroy(done);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewPartitions_destroy(wanted);
    check(failed, "adding partitions to " + topic);
}

void delete_group(const std::string& bootstrap, const std::string& group) {
    const auto admin = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}});
    auto* wanted = rd_kafka_DeleteGroup_new(group.c_str());
    rd_kafka_queue_t* queue = rd_kafka_queue_new(admin.get());
    rd_kafka_DeleteGroups(admin.get(), &wanted, 1, nullptr, queue);
    rd_kafka_event_t* done = rd_kafka_queue_poll(queue, patience_ms);
    std::size_t size = 0;
    const auto* told = done == nullptr ? nullptr : rd_kafka_event_DeleteGroups_result(done);
    const auto* const* each =
        told == nullptr ? nullptr : rd_kafka_DeleteGroups_result_groups(told, &size);
    const auto* const refused = size == 1 ? rd_kafka_group_result_error(each[0]) : nullptr;
    const auto failed = size != 1            ? RD_KAFKA_RESP_ERR__FAIL
                        : refused != nullptr ? rd_kafka_error_code(refused)
                                             : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (done != nullptr) rd_kafka_event_destroy(done);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteGroup_destroy(wanted);
    check(failed, "deleting the group " + group);
}

}  // namespace pinwire::test
