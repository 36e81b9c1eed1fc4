#include "common/kafka/consumer_positions.hpp"

namespace pinwire::kafka {
namespace {

constexpr int answer_max_ms = 3'000;
constexpr int ends_max_ms = 1'000;

partitions_handle list_of(const std::vector<topic_partition>& names, std::int64_t offset) {
    partitions_handle list(rd_kafka_topic_partition_list_new(static_cast<int>(names.size())));
    for (const auto& one : names) {
        rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.partition)->offset =
            offset;
    }
    return list;
}

}  // namespace

bool ask_committed_positions(
    rd_kafka_t* client, const std::vector<topic_partition>& names, committed_positions& found
) {
    const auto committed = list_of(names, RD_KAFKA_OFFSET_INVALID);
    if (rd_kafka_committed(client, committed.get(), answer_max_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    // As a timestamp, BEGINNING asks for the first record there is.
    const auto first = list_of(names, RD_KAFKA_OFFSET_BEGINNING);
    if (rd_kafka_offsets_for_times(client, first.get(), answer_max_ms) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    for (int i = 0; i < committed->cnt; ++i) {
        const auto& mark = committed->elems[i];
        const auto* low =
            rd_kafka_topic_partition_list_find(first.get(), mark.topic, mark.partition);
        if (mark.err != RD_KAFKA_RESP_ERR_NO_ERROR || low == nullptr ||
            low->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return false;
        }
        committed_position one;
        one.at.topic = mark.topic;
        one.at.partition = mark.partition;
        one.committed = mark.offset >= 0 ? mark.offset : -1;
        one.first = low->offset >= 0 ? low->offset : 0;
        found.push_back(std::move(one));
    }
    return true;
}

std::map<topic_partition, std::int64_t> ask_ends(
    rd_kafka_t* client, const std::vector<topic_partition>& names
) {
    std::map<topic_partition, std::int64_t> found;
    const auto ends = list_of(names, RD_KAFKA_OFFSET_END);  // as a timestamp
    rd_kafka_offsets_for_times(client, ends.get(), ends_max_ms);
    for (int i = 0; i < ends->cnt; ++i) {
        const auto& end = ends->elems[i];
        if (end.err != RD_KAFKA_RESP_ERR_NO_ERROR || end.offset < 0) continue;
        topic_partition at;
        at.topic = end.topic;
        at.partition = end.partition;
        found.emplace(std::move(at), end.offset);
    }
    return found;
}

}  // namespace pinwire::kafka
