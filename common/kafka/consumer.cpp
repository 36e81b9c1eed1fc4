#include "common/kafka/consumer.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "common/core/offset_tracker.hpp"
#include "common/kafka/consumer_positions.hpp"
#include "common/kafka/copy_record.hpp"
#include "common/kafka/queue_watch.hpp"
#include "common/kafka/rdkafka_handles.hpp"
#include "common/runtime/blocking_thread.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/wakeup.hpp"

namespace pinwire::kafka {
namespace {

constexpr auto poll_interval = std::chrono::milliseconds(500);
constexpr auto closing_poll = std::chrono::milliseconds(50);
constexpr auto ask_again_after = std::chrono::seconds(5);
constexpr auto ask_ends_every = std::chrono::seconds(10);

// Of a client that can't be destroyed.
struct remains {
    std::unique_ptr<blocking_thread> asker;
    queue_handle messages, closing, control;
    client_handle client;
};

// Reachable for whoever looks for leaks, and never destroyed.
void leave_to_the_end_of_the_process(remains of) {
    static std::mutex one_at_a_time;
    static auto* const all = new std::list<remains>;
    const std::lock_guard lock(one_at_a_time);
    all->push_back(std::move(of));
}

// An answer that comes when nobody waits any more: an abandoned client's thread outlives the loop.
class way_back {
public:
    explicit way_back(executor to) : to_(std::move(to)) {}
    template <class Answer>
    void post(Answer answer) {
        const std::lock_guard lock(mutex_);
        if (open_) boost::asio::post(to_, std::move(answer));
    }
    void close() {
        const std::lock_guard lock(mutex_);
        open_ = false;
    }

private:
    executor to_;
    std::mutex mutex_;
    bool open_ = true;
};

conf_handle conf_of(const settings& where, const consumer_settings& how) {
    auto conf = base_conf(where);
    auto* c = conf.get();
    set(c, "group.id", how.group);
    set(c, "partition.assignment.strategy", "cooperative-sticky");
    set(c, "session.timeout.ms", how.session_timeout);
    set(c, "heartbeat.interval.ms", how.session_timeout / 5);
    set(c, "max.poll.interval.ms", std::max(how.max_poll_interval, how.session_timeout));
    set(c, "enable.auto.offset.store", "false");
    set(c, "enable.auto.commit", "true");
    set(c, "auto.commit.interval.ms", how.commit_interval);
    set(c, "auto.offset.reset", "earliest");
    set(c, "isolation.level", "read_committed");
    set(c, "allow.auto.create.topics", "false");
    set(c, "enable.partition.eof", how.partition_ends ? "true" : "false");
    set(c, "queued.min.messages", how.prefetch_messages);
    set(c, "queued.max.messages.kbytes", how.prefetch_kilobytes);
    set(c, "fetch.error.backoff.ms", 100);
    // a broker that holds a fetch although a record came (the embedded one) delays it no longer
    set(c, "fetch.wait.max.ms", 50);
    apply_extra(c, where);
    rd_kafka_conf_set_events(
        c,
        RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT |
            RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG
    );
    return conf;
}

partitions_handle make_list(std::size_t size) {
    return partitions_handle(rd_kafka_topic_partition_list_new(static_cast<int>(size)));
}

bool is_cooperative(rd_kafka_t* client) {
    const char* const protocol = rd_kafka_rebalance_protocol(client);
    return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

}  // namespace

// Two queues. `control` carries rebalances, commits, errors and logs and is always emptied at once;
// `messages` gets the records of every partition, forwarded there before a partition is assigned,
// and is polled by next() only. So back-pressure can last as long as it likes: the group sees a
// live member, and nothing has to be paused.
struct consumer::impl : std::enable_shared_from_this<impl> {
    impl(executor e, const settings& where, consumer_settings s, consumer_callbacks c)
        : ex(std::move(e)),
          how(std::move(s)),
          tell(std::move(c)),
          client(make_client(RD_KAFKA_CONSUMER, conf_of(where, how))),
          tick(ex),
          revoke_limit(ex),
          more(ex),
          progress(ex) {
        rd_kafka_poll_set_consumer(client.get());
        control.reset(rd_kafka_queue_get_consumer(client.get()));
        closing.reset(rd_kafka_queue_new(client.get()));
        messages.reset(rd_kafka_queue_new(client.get()));
        rd_kafka_set_log_queue(client.get(), control.get());
    }

    // ---- start and end

    void start() {
        auto serve_it = [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->serve();
        };
        auto wake_reader = [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->more.notify();
        };
        control_watch.emplace(ex, control.get(), serve_it);
        closing_watch.emplace(ex, closing.get(), serve_it);
        message_watch.emplace(ex, messages.get(), wake_reader);
        subscribe();
        arm_tick();
    }

    void subscribe() {
        const auto list = make_list(how.topics.size());
        for (const auto& topic : how.topics) {
            rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
        }
        const auto result = rd_kafka_subscribe(client.get(), list.get());
        if (result != RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw std::runtime_error(std::string("kafka subscribe: ") + rd_kafka_err2str(result));
        }
    }

    // Keeps the member alive while nothing happens (max.poll.interval.ms counts from the last
    // poll), and bounds what a lost wake-up could cost.
    void arm_tick() {
        tick.expires_after(poll_interval);
        tick.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (error || !self || !self->client) return;
            self->serve();
            self->more.notify();
            self->ask_positions_again();
            self->ask_where_they_end();
            self->arm_tick();
        });
    }

    void stop() {
        stopping = true;
        more.notify();
    }

    void shut_down() {
        if (!client) return;
        stop();
        tick.cancel();
        revoke_limit.cancel();
        message_watch.reset();
        closing_watch.reset();
        control_watch.reset();
        const bool unsafe = never_assigned();
        if (unsafe) rd_kafka_unsubscribe(client.get());  // its partitions are for others
        if (abandoned || unsafe) {
            back->close();
            // librdkafka didn't come to an end in time, so waiting for it here would not end
            // either, or would end the process.
            leave_to_the_end_of_the_process(
                {std::move(asker),
                 std::move(messages),
                 std::move(closing),
                 std::move(control),
                 std::move(client)}
            );
            return;
        }
        asker.reset();
        messages.reset();
        closing.reset();
        control.reset();
        rd_kafka_destroy_flags(client.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }

    // librdkafka before 2.3 aborts when a member is destroyed that the group knows and that never
    // had an assignment (its #4381); one that is just making itself known can wait for ever in
    // there, and nobody outside can tell which of the two it is.
    bool never_assigned() const {
        constexpr int mended = 0x020300ff;
        return !joined && rd_kafka_version() < mended;
    }

    static awaitable<bool> close(std::shared_ptr<impl> self, deadline by) {
        self->stop();
        if (!self->client) co_return true;
        // Closed before its first assignment, a member would end the process: see never_assigned().
        const auto half =
            std::chrono::steady_clock::now() + (by - std::chrono::steady_clock::now()) / 2;
        while (!self->joined && !self->fatal && std::chrono::steady_clock::now() < half) {
            co_await self->progress.wait_until(half);
        }
        if (!self->joined || self->fatal) co_return true;
        self->store_dirty();
        const error_handle refused(
            rd_kafka_consumer_close_queue(self->client.get(), self->closing.get())
        );
        if (refused) co_return true;
        while (rd_kafka_consumer_closed(self->client.get()) == 0) {
            if (std::chrono::steady_clock::now() >= by) {
                self->abandoned = true;
                co_return false;
            }
            self->serve();
            co_await self->progress.wait_for(closing_poll);
        }
        co_return true;
    }

    // ---- control events

    void serve() {
        drain(control.get());
        drain(closing.get());
        progress.notify();
    }

    void drain(rd_kafka_queue_t* queue) {
        while (const event_handle event{rd_kafka_queue_poll(queue, 0)}) {
            switch (rd_kafka_event_type(event.get())) {
                case RD_KAFKA_EVENT_REBALANCE:
                    on_rebalance(event.get());
                    break;
                case RD_KAFKA_EVENT_OFFSET_COMMIT:
                    on_commit(event.get());
                    break;
                case RD_KAFKA_EVENT_FETCH:
                    take(event.get(), early);
                    more.notify();
                    break;
                case RD_KAFKA_EVENT_ERROR:
                    on_error(event.get());
                    break;
                case RD_KAFKA_EVENT_LOG:
                    on_log(event.get());
                    break;
                default:
                    break;
            }
        }
    }

    void on_error(rd_kafka_event_t* event) {
        const auto code = rd_kafka_event_error(event);
        if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            const partition_handle at(rd_kafka_event_topic_partition(event));
            if (at) on_end(at->topic, at->partition, at->offset);
            return;
        }
        if (code == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_event_error_is_fatal(event) != 0) {
            fatal = true;
            more.notify();
            if (tell.on_fatal) tell.on_fatal(fatal_text(client.get()));
            return;
        }
        if (tell.on_error) {
            tell.on_error(rd_kafka_err2name(code), rd_kafka_event_error_string(event));
        }
    }

    void on_end(const char* topic, std::int32_t partition, std::int64_t offset) {
        const auto assignment = tracker.assignment(topic, partition);
        if (assignment == 0 || !tell.on_end) return;
        position end;
        end.topic = topic;
        end.partition = partition;
        end.offset = offset;
        end.assignment = assignment;
        tell.on_end(end);
    }

    void on_log(rd_kafka_event_t* event) {
        const char* facility = nullptr;
        const char* text = nullptr;
        int level = 0;
        if (rd_kafka_event_log(event, &facility, &text, &level) == 0 && tell.on_log) {
            tell.on_log(level, text);
        }
    }

    // ---- rebalance

    void on_rebalance(rd_kafka_event_t* event) {
        const auto* list = rd_kafka_event_topic_partition_list(event);
        ++counters.rebalances;
        switch (rd_kafka_event_error(event)) {
            case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
                on_assign(*list);
                break;
            case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
                on_revoke(*list);
                break;
            default:
                forget(names_of(*list));
                rd_kafka_assign(client.get(), nullptr);
                break;
        }
    }

    static std::vector<topic_partition> names_of(const rd_kafka_topic_partition_list_t& list) {
        std::vector<topic_partition> names;
        names.reserve(static_cast<std::size_t>(list.cnt));
        for (int i = 0; i < list.cnt; ++i) {
            topic_partition one;
            one.topic = list.elems[i].topic;
            one.partition = list.elems[i].partition;
            names.push_back(std::move(one));
        }
        return names;
    }

    void on_assign(const rd_kafka_topic_partition_list_t& list) {
        joined = true;
        const auto names = names_of(list);
        for (const auto& one : names) {
            tracker.assign(one.topic, one.partition);
            // Before the assignment: from the first record on.
            const queue_handle queue(
                rd_kafka_queue_get_partition(client.get(), one.topic.c_str(), one.partition)
            );
            if (queue) rd_kafka_queue_forward(queue.get(), messages.get());
        }
        if (is_cooperative(client.get())) {
            const error_handle error(rd_kafka_incremental_assign(client.get(), &list));
            report(error);
        } else {
            rd_kafka_assign(client.get(), &list);
        }
        if (tell.on_assigned) tell.on_assigned(names);
        unasked.insert(unasked.end(), names.begin(), names.end());
        ends_asked_at = {};
        ask_positions();
    }

    // What is done is committed before the partitions are given up; the wait for that happens
    // beside the loop, not in it.
    void on_revoke(const rd_kafka_topic_partition_list_t& list) {
        const auto names = names_of(list);
        const bool lost = rd_kafka_assignment_lost(client.get()) != 0;
        if (tell.on_revoked) tell.on_revoked(names, lost);
        store_dirty();
        const auto commits = watermarks_of(names);
        forget(names);
        revoking.reset(rd_kafka_topic_partition_list_copy(&list));
        if (lost || commits->cnt == 0) return finish_revoke();
        const auto result =
            rd_kafka_commit_queue(client.get(), commits.get(), control.get(), nullptr, &revoking);
        if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return finish_revoke();
        revoke_limit.expires_after(how.revoke_commit_max);
        revoke_limit.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (error || !self || !self->client) return;
            ++self->counters.commit_failures;
            self->finish_revoke();
        });
    }

    void finish_revoke() {
        revoke_limit.cancel();
        const auto list = std::move(revoking);
        if (!list) return;
        if (is_cooperative(client.get())) {
            const error_handle error(rd_kafka_incremental_unassign(client.get(), list.get()));
            report(error);
        } else {
            rd_kafka_assign(client.get(), nullptr);
        }
    }

    void report(const error_handle& error) {
        if (!error || !tell.on_error) return;
        tell.on_error(rd_kafka_error_name(error.get()), rd_kafka_error_string(error.get()));
    }

    void on_commit(rd_kafka_event_t* event) {
        const auto code = rd_kafka_event_error(event);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__NO_OFFSET) {
            ++counters.commit_failures;
            if (tell.on_error) tell.on_error(rd_kafka_err2name(code), "offset commit");
        }
        if (rd_kafka_event_opaque(event) == &revoking) finish_revoke();
    }

    void forget(const std::vector<topic_partition>& names) {
        for (const auto& one : names) {
            tracker.revoke(one.topic, one.partition);
            started_at.erase(one);
            ended_at.erase(one);
            dirty.erase(one);
        }
        more.notify();  // the valve may be open again
    }

    // ---- offsets

    partitions_handle watermarks_of(const std::vector<topic_partition>& names) const {
        auto list = make_list(names.size());
        for (const auto& one : names) {
            const auto mark = tracker.watermark(one.topic, one.partition);
            if (!mark) continue;
            rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.partition)
                ->offset = *mark;
        }
        return list;
    }

    void done(
        const std::string& topic,
        std::int32_t partition,
        std::uint64_t assignment,
        std::int64_t offset
    ) {
        using completion = offset_tracker::completion;
        const auto what = tracker.done(topic, partition, assignment, offset);
        if (what == completion::stale) {
            ++counters.stale;
            return;
        }
        ++counters.finished;
        if (valve_closed) more.notify();
        if (what != completion::moved) return;
        topic_partition at;
        at.topic = topic;
        at.partition = partition;
        dirty.insert(std::move(at));
        if (std::exchange(store_posted, true)) return;
        // Once for everything that finishes in this turn of the loop.
        boost::asio::post(ex, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->store_dirty();
        });
    }

    void store_dirty() {
        store_posted = false;
        if (dirty.empty() || !client) return;
        const std::vector<topic_partition> names(dirty.begin(), dirty.end());
        dirty.clear();
        const auto list = watermarks_of(names);
        // _STATE of a partition only says that somebody else has it now.
        rd_kafka_offsets_store(client.get(), list.get());
    }

    // ---- where the partitions stand

    void ask_positions() {
        if (unasked.empty() || asking || !asker) return;
        asking = true;
        auto names = std::exchange(unasked, {});
        auto answer = [weak = weak_from_this(
                       )](std::vector<topic_partition> asked, committed_positions found, bool ok) {
            const auto self = weak.lock();
            if (!self || !self->client) return;
            self->asking = false;
            self->asked_at = std::chrono::steady_clock::now();
            if (ok) {
                self->on_positions(found);
            } else {
                self->unasked.insert(self->unasked.end(), asked.begin(), asked.end());
            }
        };
        auto question = [rk = client.get(), back = back, names = std::move(names), answer](
                        ) mutable {
            committed_positions found;
            const bool ok = ask_committed_positions(rk, names, found);
            back->post([answer, names = std::move(names), found = std::move(found), ok]() mutable {
                answer(std::move(names), std::move(found), ok);
            });
        };
        asker->post(std::move(question));
    }

    void ask_positions_again() {
        if (std::chrono::steady_clock::now() - asked_at >= ask_again_after) ask_positions();
    }

    void on_positions(const committed_positions& found) {
        for (const auto& one : found) {
            if (tracker.assignment(one.at.topic, one.at.partition) == 0) continue;
            started_at[one.at] = std::max(one.committed, one.first);
            if (one.committed < 0 || one.first <= one.committed) continue;
            ++counters.gaps;
            if (tell.on_gap) tell.on_gap(one.at, one.first - one.committed);
        }
        ask_positions();
    }

    // Fetches tell the end as well, but while the queue is full nothing is fetched: of a partition
    // that comes then nothing would be known until there is room.
    void ask_where_they_end() {
        const auto now = std::chrono::steady_clock::now();
        if (asking || !asker || stopping || now - ends_asked_at < ask_ends_every) return;
        auto names = assigned();
        if (names.empty()) return;
        asking = true;
        ends_asked_at = now;
        using ends = std::map<topic_partition, std::int64_t>;
        auto answer = [weak = weak_from_this()](const ends& found) {
            const auto self = weak.lock();
            if (!self || !self->client) return;
            self->asking = false;
            for (const auto& [at, end] : found)
                if (self->tracker.assignment(at.topic, at.partition) != 0) self->ended_at[at] = end;
            self->ask_positions();
        };
        auto question = [rk = client.get(), back = back, names = std::move(names), answer] {
            auto found = ask_ends(rk, names);
            back->post([answer, found = std::move(found)] { answer(found); });
        };
        asker->post(std::move(question));
    }

    // As was told last: with a fetch or when asked.
    std::optional<std::int64_t> end_of(const topic_partition& at) const {
        std::int64_t low = -1;
        std::int64_t high = -1;
        rd_kafka_get_watermark_offsets(client.get(), at.topic.c_str(), at.partition, &low, &high);
        const auto asked = ended_at.find(at);
        if (asked != ended_at.end()) high = std::max(high, asked->second);
        if (high < 0) return std::nullopt;
        return high;
    }

    std::vector<topic_partition> assigned() const {
        std::vector<topic_partition> all;
        for (auto& [topic, partition] : tracker.partitions()) {
            topic_partition one;
            one.topic = topic;
            one.partition = partition;
            all.push_back(std::move(one));
        }
        return all;
    }

    std::vector<partition_lag> lag() const {
        std::vector<partition_lag> all;
        if (!client) return all;
        for (auto& at : assigned()) {
            const auto end = end_of(at);
            const auto start = started_at.find(at);
            auto from = tracker.watermark(at.topic, at.partition);
            if (!from && start != started_at.end()) from = start->second;
            if (!end || !from) continue;
            partition_lag one;
            one.at = std::move(at);
            one.lag = std::max<std::int64_t>(0, *end - *from);
            all.push_back(std::move(one));
        }
        return all;
    }

    // ---- records

    bool valve_is_open() {
        const bool open =
            tracker.unfinished() < how.unfinished_max && tracker.span_max() < how.span_max;
        const bool closes = !open && !valve_closed;
        valve_closed = !open;
        if (closes) {
            ++counters.valve_closed;
            if (tell.on_held_back) tell.on_held_back(tracker.unfinished(), tracker.span_max());
        }
        return open;
    }

    // Copies records out until the queue is empty or there are enough.
    void read(std::vector<record>& out, std::size_t max) {
        max = std::min(max, how.unfinished_max - tracker.unfinished());
        // they may all be of the widest partition
        max = std::min(max, how.span_max - tracker.span_max());
        while (!early.empty() && out.size() < max) {
            track(std::move(early.front()), out);
            early.pop_front();
        }
        while (out.size() < max && client) {
            const event_handle event(rd_kafka_queue_poll(messages.get(), 0));
            if (!event) return;
            if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR) {
                on_error(event.get());
                continue;
            }
            take(event.get(), early);
            while (!early.empty()) {
                track(std::move(early.front()), out);
                early.pop_front();
            }
        }
    }

    void take(rd_kafka_event_t* event, std::deque<record>& to) {
        if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_FETCH) return;
        while (const auto* one = rd_kafka_event_message_next(event)) {
            if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                to.push_back(copy_record(*one));
            } else if (one->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                on_end(rd_kafka_topic_name(one->rkt), one->partition, one->offset);
            } else if (tell.on_error) {
                tell.on_error(rd_kafka_err2name(one->err), rd_kafka_message_errstr(one));
            }
        }
    }

    void track(record one, std::vector<record>& out) {
        if (!tracker.received(one.topic, one.partition, one.offset)) {
            ++counters.discarded;
            return;
        }
        one.assignment = tracker.assignment(one.topic, one.partition);
        ++counters.received;
        out.push_back(std::move(one));
    }

    static awaitable<std::vector<record>> next(std::shared_ptr<impl> self, std::size_t max) {
        // Gives way once: a caller in a loop must not starve the tasks that it starts.
        co_await boost::asio::post(self->ex, use_awaitable);
        std::vector<record> out;
        while (!self->stopping && !self->fatal) {
            if (self->valve_is_open()) self->read(out, max);
            if (!out.empty()) break;
            co_await self->more.wait();
        }
        co_return out;
    }

    executor ex;
    consumer_settings how;
    consumer_callbacks tell;
    client_handle client;
    queue_handle control;   // the group's
    queue_handle closing;   // the same while we leave the group
    queue_handle messages;  // all partitions' records
    std::optional<queue_watch> control_watch;
    std::optional<queue_watch> closing_watch;
    std::optional<queue_watch> message_watch;
    steady_timer tick;
    steady_timer revoke_limit;
    wakeup more;      // next() should look again
    wakeup progress;  // close() should look again
    std::deque<record> early;
    offset_tracker tracker;
    std::set<topic_partition> dirty;  // their watermark isn't stored yet
    partitions_handle revoking;       // to be given up once their commit is answered
    std::vector<topic_partition> unasked;
    std::map<topic_partition, std::int64_t> started_at;
    std::map<topic_partition, std::int64_t> ended_at;
    std::chrono::steady_clock::time_point asked_at;
    std::chrono::steady_clock::time_point ends_asked_at;
    consumer_counters counters;
    bool asking = false;
    bool store_posted = false;
    bool valve_closed = false;
    bool joined = false;
    bool stopping = false;
    bool fatal = false;
    bool abandoned = false;
    std::shared_ptr<way_back> back = std::make_shared<way_back>(ex);
    std::unique_ptr<blocking_thread> asker = std::make_unique<blocking_thread>("kafka-positions");
};

consumer::consumer(
    executor ex, const settings& where, consumer_settings how, consumer_callbacks tell
)
    : impl_(std::make_shared<impl>(std::move(ex), where, std::move(how), std::move(tell))) {
    impl_->start();
}

consumer::~consumer() {
    impl_->shut_down();
}

awaitable<std::vector<record>> consumer::next(std::size_t max) {
    return impl::next(impl_, max);
}

void consumer::done(const record& finished) {
    impl_->done(finished.topic, finished.partition, finished.assignment, finished.offset);
}

void consumer::done(const position& finished) {
    impl_->done(finished.topic, finished.partition, finished.assignment, finished.offset);
}

bool consumer::owns(std::string_view topic, std::int32_t partition, std::uint64_t assignment)
    const {
    return impl_->tracker.owns(topic, partition, assignment);
}

std::vector<topic_partition> consumer::assigned() const {
    return impl_->assigned();
}

std::size_t consumer::unfinished() const noexcept {
    return impl_->tracker.unfinished();
}

std::size_t consumer::span() const noexcept {
    return impl_->tracker.span_max();
}

std::size_t consumer::prefetched() const {
    if (!impl_->client) return 0;
    return impl_->early.size() + rd_kafka_queue_length(impl_->messages.get());
}

std::vector<partition_lag> consumer::lag() const {
    return impl_->lag();
}

const consumer_counters& consumer::counters() const noexcept {
    return impl_->counters;
}

void consumer::stop() {
    impl_->stop();
}

awaitable<bool> consumer::close(std::chrono::milliseconds limit) {
    return impl::close(impl_, deadline_in(limit));
}

}  // namespace pinwire::kafka
