#include "common/kafka/event_feed.hpp"

#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/kafka/copy_record.hpp"
#include "common/kafka/queue_watch.hpp"
#include "common/kafka/rdkafka_handles.hpp"
#include "common/runtime/blocking_thread.hpp"

namespace pinwire::kafka {
namespace {

using metadata_handle =
    std::unique_ptr<const struct rd_kafka_metadata, destroyed_by<rd_kafka_metadata_destroy>>;

constexpr int answer_max_ms = 3'000;
constexpr auto poll_interval = std::chrono::milliseconds(500);
constexpr int turn_max = 1'000;  // records in one turn of the loop

conf_handle conf_of(const settings& where, const feed_settings& how) {
    auto conf = base_conf(where);
    auto* c = conf.get();
    // librdkafka assigns nothing without a group's name; this one is never joined or committed to.
    set(c, "group.id", where.client_id + "-feed");
    set(c, "enable.auto.commit", "false");
    set(c, "enable.auto.offset.store", "false");
    // What was deleted before we read it is gone; the next record there is comes next.
    set(c, "auto.offset.reset", "earliest");
    set(c, "isolation.level", "read_committed");
    set(c, "allow.auto.create.topics", "false");
    set(c, "queued.max.messages.kbytes", how.prefetch_kilobytes);
    set(c, "fetch.error.backoff.ms", 100);
    // a broker that holds a fetch although a record came (the embedded one) delays it no longer
    set(c, "fetch.wait.max.ms", 50);
    set(c, "log_level", 0);
    apply_extra(c, where);
    rd_kafka_conf_set_events(c, RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR);
    return conf;
}

// What a look at the topic found.
struct sight {
    std::vector<std::int64_t> from;  // of the partitions that weren't known; where to begin
    std::string error;               // empty: all is known
};

// All topics: asking for one by name would create it where the broker does that.
int count_partitions(rd_kafka_t* client, const std::string& topic, std::string& error) {
    const struct rd_kafka_metadata* found = nullptr;
    const auto result = rd_kafka_metadata(client, 1, nullptr, &found, answer_max_ms);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = rd_kafka_err2str(result);
        return 0;
    }
    const metadata_handle all(found);
    for (int i = 0; i < all->topic_cnt; ++i) {
        const auto& one = all->topics[i];
        if (topic == one.topic && one.err == RD_KAFKA_RESP_ERR_NO_ERROR) return one.partition_cnt;
    }
    error = "topic " + topic + " is missing";
    return 0;
}

// Where each partition beyond the known ones begins for us: at its end when we come, at its first
// record when it comes after us.
sight look(rd_kafka_t* client, const std::string& topic, int known) {
    sight seen;
    const int count = count_partitions(client, topic, seen.error);
    if (count <= known) return seen;
    if (known > 0) {
        seen.from.assign(static_cast<std::size_t>(count - known), RD_KAFKA_OFFSET_BEGINNING);
        return seen;
    }
    const partitions_handle list(rd_kafka_topic_partition_list_new(count));
    for (int i = 0; i < count; ++i) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset =
            RD_KAFKA_OFFSET_END;
    }
    auto result = rd_kafka_offsets_for_times(client, list.get(), answer_max_ms);
    for (int i = 0; i < count && result == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
        result = list->elems[i].err;
        seen.from.push_back(list->elems[i].offset);
    }
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) {
        seen.from.clear();
        seen.error = rd_kafka_err2str(result);
    }
    return seen;
}

std::string_view header_of(const rd_kafka_message_t& one, const std::string& name) {
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&one, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    const void* value = nullptr;
    std::size_t size = 0;
    const auto found = rd_kafka_header_get_last(headers, name.c_str(), &value, &size);
    if (found != RD_KAFKA_RESP_ERR_NO_ERROR || value == nullptr) return {};
    return {static_cast<const char*>(value), size};
}

}  // namespace

struct event_feed::impl : std::enable_shared_from_this<impl> {
    impl(executor e, const settings& where, feed_settings s, feed_callbacks c)
        : ex(std::move(e)),
          how(std::move(s)),
          tell(std::move(c)),
          client(make_client(RD_KAFKA_CONSUMER, conf_of(where, how))),
          tick(ex) {
        rd_kafka_poll_set_consumer(client.get());
        queue.reset(rd_kafka_queue_get_consumer(client.get()));
    }

    void start() {
        auto serve_it = [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->serve();
        };
        watch.emplace(ex, queue.get(), serve_it);
        ask();
        arm_tick();
    }

    void shut_down() {
        tick.cancel();
        watch.reset();
        asker.reset();  // its question uses the client
        queue.reset();
        rd_kafka_destroy_flags(client.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }

    // Bounds what a lost wake-up could cost, and looks for partitions when it is time.
    void arm_tick() {
        tick.expires_after(positioned ? poll_interval : std::min(poll_interval, how.ask_again));
        tick.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (error || !self || !self->client) return;
            self->serve();
            const auto pause = self->positioned ? self->how.look_every : self->how.ask_again;
            if (std::chrono::steady_clock::now() - self->asked_at >= pause) self->ask();
            self->arm_tick();
        });
    }

    // ---- where to read

    void ask() {
        if (std::exchange(asking, true)) return;
        auto answer = [weak = weak_from_this()](sight seen) {
            const auto self = weak.lock();
            if (!self || !self->client) return;
            self->asking = false;
            self->asked_at = std::chrono::steady_clock::now();
            self->on_sight(seen);
        };
        auto question = [rk = client.get(), loop = ex, topic = how.topic, n = known, answer] {
            auto seen = look(rk, topic, n);
            boost::asio::post(loop, [answer, seen = std::move(seen)]() mutable {
                answer(std::move(seen));
            });
        };
        asker->post(std::move(question));
    }

    void on_sight(const sight& seen) {
        if (!seen.error.empty()) return complain("position", seen.error);
        if (seen.from.empty()) return;
        const auto count = static_cast<int>(seen.from.size());
        const partitions_handle list(rd_kafka_topic_partition_list_new(count));
        for (int i = 0; i < count; ++i) {
            const auto offset = seen.from[static_cast<std::size_t>(i)];
            rd_kafka_topic_partition_list_add(list.get(), how.topic.c_str(), known + i)->offset =
                offset;
        }
        const error_handle refused(rd_kafka_incremental_assign(client.get(), list.get()));
        if (refused) return complain("assign", rd_kafka_error_string(refused.get()));
        known += count;
        if (std::exchange(positioned, true)) return;
        if (tell.on_positioned) tell.on_positioned();
    }

    void complain(std::string_view code, std::string_view text) {
        if (tell.on_error) tell.on_error(code, text);
    }

    // ---- what is read

    void serve() {
        for (int taken = 0; client && taken < turn_max;) {
            const event_handle event(rd_kafka_queue_poll(queue.get(), 0));
            if (!event) return;
            if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_FETCH) {
                taken += take(event.get());
            } else {
                on_error(event.get());
            }
        }
        // The queue's watch tells of an empty one only: the rest comes after the others' turn.
        boost::asio::post(ex, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (self && self->client) self->serve();
        });
    }

    int take(rd_kafka_event_t* event) {
        int taken = 0;
        while (const auto* one = rd_kafka_event_message_next(event)) {
            ++taken;
            if (one->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                on_message_error(one->err, rd_kafka_message_errstr(one));
            } else if (tell.wants(header_of(*one, how.header))) {
                ++counters.received;
                tell.on_record(copy_record(*one));
            } else {
                ++counters.skipped;
            }
        }
        return taken;
    }

    void on_message_error(rd_kafka_resp_err_t code, const char* text) {
        if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) ++counters.gaps;
        complain(rd_kafka_err2name(code), text != nullptr ? text : "");
    }

    void on_error(rd_kafka_event_t* event) {
        const auto code = rd_kafka_event_error(event);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
        if (code == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_event_error_is_fatal(event) != 0) {
            if (tell.on_fatal) tell.on_fatal(fatal_text(client.get()));
            return;
        }
        on_message_error(code, rd_kafka_event_error_string(event));
    }

    executor ex;
    feed_settings how;
    feed_callbacks tell;
    client_handle client;
    queue_handle queue;  // records and errors alike
    std::optional<queue_watch> watch;
    steady_timer tick;
    std::chrono::steady_clock::time_point asked_at;
    feed_counters counters;
    int known = 0;  // partitions that we read
    bool asking = false;
    bool positioned = false;
    std::unique_ptr<blocking_thread> asker = std::make_unique<blocking_thread>("kafka-feed");
};

event_feed::event_feed(executor ex, const settings& where, feed_settings how, feed_callbacks tell)
    : impl_(std::make_shared<impl>(std::move(ex), where, std::move(how), std::move(tell))) {
    impl_->start();
}

event_feed::~event_feed() {
    impl_->shut_down();
}

bool event_feed::positioned() const noexcept {
    return impl_->positioned;
}

std::size_t event_feed::partitions() const noexcept {
    return static_cast<std::size_t>(impl_->known);
}

const feed_counters& event_feed::counters() const noexcept {
    return impl_->counters;
}

}  // namespace pinwire::kafka
