#include "common/kafka/group_watch.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>

#include "common/kafka/rdkafka_handles.hpp"

namespace pinwire::kafka {
namespace {

using steady_clock = std::chrono::steady_clock;
using metadata_handle =
    std::unique_ptr<const struct rd_kafka_metadata, destroyed_by<rd_kafka_metadata_destroy>>;

using message_handle = std::unique_ptr<rd_kafka_message_t, destroyed_by<rd_kafka_message_destroy>>;

constexpr std::chrono::seconds partitions_known_for{30};
constexpr std::int64_t read_most = 1000;  // records to tell what is no work
constexpr std::chrono::milliseconds read_within{500};

void check(rd_kafka_resp_err_t code) {
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(code));
}

rd_kafka_resp_err_t first_error(const rd_kafka_topic_partition_list_t& list) {
    for (int i = 0; i < list.cnt; ++i)
        if (list.elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return list.elems[i].err;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// A partition that is new or moves has no leader for a moment.
bool passes_by(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

// What is left of one look's time; never 0, which some calls take for "for ever".
class time_left {
public:
    explicit time_left(std::chrono::milliseconds limit) : until_(steady_clock::now() + limit) {}
    int milliseconds() const {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until_ - steady_clock::now());
        return static_cast<int>(std::clamp<std::int64_t>(left.count(), 1, 3'600'000));
    }
    bool over() const { return steady_clock::now() >= until_; }
    time_left at_most(std::chrono::milliseconds part) const {
        auto made = time_left(part);
        made.until_ = std::min(made.until_, until_);
        return made;
    }

private:
    steady_clock::time_point until_;
};

}  // namespace

struct group_watch::impl {
    std::string topic;
    std::function<bool(std::string_view)> is_no_work;
    client_handle client;
    int partitions = 0;
    steady_clock::time_point counted_at;

    // All topics: asking for one by name would create it where the broker does that.
    void count_partitions(const time_left& left) {
        const auto now = steady_clock::now();
        if (partitions > 0 && now - counted_at < partitions_known_for) return;
        const struct rd_kafka_metadata* answer = nullptr;
        check(rd_kafka_metadata(client.get(), 1, nullptr, &answer, left.milliseconds()));
        const metadata_handle all(answer);
        partitions = 0;
        for (int i = 0; i < all->topic_cnt; ++i) {
            const auto& one = all->topics[i];
            if (topic == one.topic && one.err == RD_KAFKA_RESP_ERR_NO_ERROR)
                partitions = one.partition_cnt;
        }
        counted_at = now;
    }

    partitions_handle all_at(std::int64_t offset) const {
        partitions_handle list(rd_kafka_topic_partition_list_new(partitions));
        for (int i = 0; i < partitions; ++i)
            rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = offset;
        return list;
    }

    partitions_handle offsets(std::int64_t which, const time_left& left) const {
        for (;;) {
            auto list = all_at(which);
            const auto asked =
                rd_kafka_offsets_for_times(client.get(), list.get(), left.milliseconds());
            const auto wrong = asked != RD_KAFKA_RESP_ERR_NO_ERROR ? asked : first_error(*list);
            if (!passes_by(wrong) || left.milliseconds() <= 1) {
                check(wrong);
                return list;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }

    partitions_handle committed(const time_left& left) const {
        auto list = all_at(RD_KAFKA_OFFSET_INVALID);
        check(rd_kafka_committed(client.get(), list.get(), left.milliseconds()));
        check(first_error(*list));
        return list;
    }

    // Of what lies between these offsets.
    std::int64_t count_no_work(
        const partitions_handle& from, const partitions_handle& end, const time_left& left
    ) const {
        std::set<std::int32_t> unread;
        const partitions_handle list(rd_kafka_topic_partition_list_new(from->cnt));
        for (int i = 0; i < from->cnt; ++i) {
            const auto first = from->elems[i].offset;
            if (first >= end->elems[i].offset) continue;
            unread.insert(i);
            rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = first;
        }
        std::int64_t found = 0;
        if (rd_kafka_assign(client.get(), list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return found;
        while (!unread.empty() && !left.over()) {
            const message_handle one(rd_kafka_consumer_poll(client.get(), left.milliseconds()));
            if (!one || unread.count(one->partition) == 0) continue;
            const auto last = end->elems[one->partition].offset - 1;
            if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR && one->offset <= last) {
                const auto* bytes = static_cast<const char*>(one->payload);
                found += is_no_work(std::string_view(bytes, one->len));
            }
            // an error (no right to read, say) or the end comes where no record would
            if (one->err != RD_KAFKA_RESP_ERR_NO_ERROR || one->offset >= last)
                unread.erase(one->partition);
        }
        rd_kafka_assign(client.get(), nullptr);
        return found;
    }
};

group_watch::group_watch(
    const settings& where,
    const std::string& group,
    std::string topic,
    std::function<bool(std::string_view)> is_no_work
)
    : impl_(std::make_unique<impl>()) {
    impl_->topic = std::move(topic);
    impl_->is_no_work = std::move(is_no_work);
    auto conf = base_conf(where);
    set(conf.get(), "group.id", group);
    set(conf.get(), "enable.auto.commit", "false");
    set(conf.get(), "enable.auto.offset.store", "false");
    set(conf.get(), "enable.partition.eof", "true");
    set(conf.get(), "fetch.wait.max.ms", 50);  // as the consumer's
    set(conf.get(), "log_level", 0);
    apply_extra(conf.get(), where);
    impl_->client = make_client(RD_KAFKA_CONSUMER, std::move(conf));
}

group_watch::~group_watch() = default;

std::optional<group_progress> group_watch::look(std::chrono::milliseconds limit) {
    const time_left left(limit);
    rd_kafka_poll(impl_->client.get(), 0);
    impl_->count_partitions(left);
    if (impl_->partitions == 0) return std::nullopt;
    const auto committed = impl_->committed(left);
    const auto first = impl_->offsets(RD_KAFKA_OFFSET_BEGINNING, left);
    const auto end = impl_->offsets(RD_KAFKA_OFFSET_END, left);
    group_progress made;
    made.partitions = impl_->partitions;
    for (int i = 0; i < impl_->partitions; ++i) {
        auto& done = committed->elems[i].offset;
        done = std::max(done, first->elems[i].offset);
        made.end += end->elems[i].offset;
        made.done += done;
        made.lag += std::max<std::int64_t>(0, end->elems[i].offset - done);
    }
    if (impl_->is_no_work && made.lag > 0 && made.lag <= read_most)
        made.lag -= impl_->count_no_work(committed, end, left.at_most(read_within));
    return made;
}

}  // namespace pinwire::kafka
