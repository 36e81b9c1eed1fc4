#include "common/kafka/topic_reader.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "common/kafka/copy_record.hpp"
#include "common/kafka/rdkafka_handles.hpp"

namespace pinwire::kafka {
namespace {

using message_handle = std::unique_ptr<rd_kafka_message_t, destroyed_by<rd_kafka_message_destroy>>;
using clock = std::chrono::steady_clock;

constexpr int poll_ms = 100;

client_handle reading_client(const settings& where) {
    auto conf = base_conf(where);
    // librdkafka assigns nothing without a group's name; this one is never joined or committed to.
    set(conf.get(), "group.id", where.client_id + "-reader");
    set(conf.get(), "enable.auto.commit", "false");
    set(conf.get(), "enable.partition.eof", "true");
    set(conf.get(), "auto.offset.reset", "earliest");
    set(conf.get(), "allow.auto.create.topics", "false");
    set(conf.get(), "log_level", 0);
    apply_extra(conf.get(), where);
    auto client = make_client(RD_KAFKA_CONSUMER, std::move(conf));
    rd_kafka_poll_set_consumer(client.get());
    return client;
}

bool is_for_good(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__FATAL ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
           code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
}

// Which partitions still owe records, by their ends.
class open_ranges {
public:
    explicit open_ranges(const std::vector<offset_range>& ranges) {
        for (const auto& one : ranges) {
            if (one.from < one.end) ends_[one.at] = one.end;
        }
    }

    bool none() const { return ends_.empty(); }
    bool wants(const record& one) const {
        const auto at = ends_.find({one.topic, one.partition});
        return at != ends_.end() && one.offset < at->second;
    }
    void passed(const topic_partition& at, std::int64_t offset) {
        const auto found = ends_.find(at);
        if (found != ends_.end() && offset + 1 >= found->second) ends_.erase(found);
    }
    void ended(const topic_partition& at) { ends_.erase(at); }

private:
    std::map<topic_partition, std::int64_t> ends_;
};

void assign(rd_kafka_t* client, const std::vector<offset_range>& ranges) {
    const partitions_handle list(rd_kafka_topic_partition_list_new(static_cast<int>(ranges.size()))
    );
    for (const auto& one : ranges) {
        if (one.from >= one.end) continue;
        const auto& topic = one.at.topic;
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), one.at.partition)->offset =
            one.from;
    }
    const auto result = rd_kafka_assign(client, list.get());
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw std::runtime_error(std::string("kafka: ") + rd_kafka_err2str(result));
    }
}

// Of each range the first record of that time or later: its offset; -1: there is none, or the
// broker can't tell.
std::vector<std::int64_t> firsts_since(
    rd_kafka_t* client,
    const std::vector<offset_range>& ranges,
    std::chrono::milliseconds since,
    std::chrono::milliseconds limit
) {
    const partitions_handle list(rd_kafka_topic_partition_list_new(static_cast<int>(ranges.size()))
    );
    for (const auto& one : ranges) {
        const auto& topic = one.at.topic;
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), one.at.partition)->offset =
            since.count();
    }
    std::vector<std::int64_t> found(ranges.size(), -1);
    const auto wait = static_cast<int>(limit.count());
    if (rd_kafka_offsets_for_times(client, list.get(), wait) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return found;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const auto& at = ranges[i].at;
        const auto* told =
            rd_kafka_topic_partition_list_find(list.get(), at.topic.c_str(), at.partition);
        if (told != nullptr && told->err == RD_KAFKA_RESP_ERR_NO_ERROR && told->offset >= 0)
            found[i] = told->offset;
    }
    return found;
}

topic_partition partition_of(const rd_kafka_message_t& from) {
    topic_partition at;
    at.topic = rd_kafka_topic_name(from.rkt);
    at.partition = from.partition;
    return at;
}

}  // namespace

std::vector<offset_range> begun_at(
    const settings& where,
    std::vector<offset_range> ranges,
    std::chrono::system_clock::time_point since,
    std::chrono::milliseconds limit
) {
    using std::chrono::milliseconds;
    if (ranges.empty()) return ranges;
    const auto client = reading_client(where);
    // not below 0, where times end and names of places begin
    const auto from = std::max(
        std::chrono::duration_cast<milliseconds>(since.time_since_epoch()), milliseconds(0)
    );
    const auto firsts = firsts_since(client.get(), ranges, from, limit);
    const bool some_have_none =
        std::any_of(firsts.begin(), firsts.end(), [](auto first) { return first < 0; });
    // Who knows of no record of any time at all, where there are some, can't tell.
    const auto any =
        some_have_none ? firsts_since(client.get(), ranges, milliseconds(0), limit) : firsts;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        auto& one = ranges[i];
        if (any[i] < 0) continue;
        one.from = std::max(one.from, firsts[i] < 0 ? one.end : firsts[i]);
    }
    return ranges;
}

void read_ranges(
    const settings& where,
    const std::vector<offset_range>& ranges,
    const std::function<void(record)>& take,
    std::chrono::milliseconds limit
) {
    open_ranges open(ranges);
    if (open.none()) return;
    const auto client = reading_client(where);
    assign(client.get(), ranges);
    const auto by = clock::now() + limit;
    std::string last_error;
    while (!open.none()) {
        if (clock::now() > by) {
            throw std::runtime_error(
                "kafka: not read to the end in time" +
                (last_error.empty() ? std::string() : ": " + last_error)
            );
        }
        const message_handle got(rd_kafka_consumer_poll(client.get(), poll_ms));
        if (!got) continue;
        if (got->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            auto one = copy_record(*got);
            const auto at = partition_of(*got);
            const auto offset = one.offset;
            if (open.wants(one)) take(std::move(one));
            open.passed(at, offset);
        } else if (got->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            open.ended(partition_of(*got));
        } else {
            last_error = rd_kafka_err2str(got->err);
            if (is_for_good(got->err)) throw std::runtime_error("kafka: " + last_error);
        }
    }
    rd_kafka_consumer_close(client.get());
}

}  // namespace pinwire::kafka
