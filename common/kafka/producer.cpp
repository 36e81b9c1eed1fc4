#include "common/kafka/producer.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <utility>
#include <variant>

#include "common/core/unix_time.hpp"
#include "common/kafka/partition_of_the_moment.hpp"
#include "common/kafka/queue_watch.hpp"
#include "common/kafka/rdkafka_handles.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/waiter.hpp"
#include "common/runtime/wakeup.hpp"

namespace pinwire::kafka {
namespace {

constexpr auto poll_interval = std::chrono::milliseconds(500);

bool is_retriable(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
        case RD_KAFKA_RESP_ERR__FATAL:
            return false;
        default:
            return true;
    }
}

void fill_error(produce_result& result, rd_kafka_resp_err_t code) {
    result.ok = false;
    result.code = code;
    result.name = rd_kafka_err2name(code);
    result.is_too_large = code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
                          code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
    result.retriable = is_retriable(code);
}

conf_handle conf_of(const settings& where, const producer_settings& how) {
    auto conf = base_conf(where);
    auto* c = conf.get();
    set(c, "acks", "all");
    set(c, "enable.idempotence", how.idempotence ? "true" : "false");
    set(c, "partitioner", "murmur2_random");
    set(c, "delivery.timeout.ms", how.delivery_timeout);
    const auto linger_ms = std::chrono::duration<double, std::milli>(how.linger).count();
    set(c, "linger.ms", fmt::format("{}", linger_ms));
    set(c, "queue.buffering.max.messages", how.queue_messages);
    set(c, "queue.buffering.max.kbytes", how.queue_kilobytes);
    set(c, "message.max.bytes", how.message_bytes_max);
    apply_extra(c, where);
    rd_kafka_conf_set_events(c, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    return conf;
}

// The messages of one call, each with its answer; lives until the last is answered, even if the
// caller has left.
struct call {
    struct slot {
        call* owner = nullptr;
        produce_result result;
    };

    call(executor ex, std::size_t count) : slots(count), left(count), done(std::move(ex)) {
        for (auto& one : slots)
            one.owner = this;
    }

    std::vector<slot> slots;
    std::size_t left;
    waiter<std::monostate> done;
    std::list<std::shared_ptr<call>>::iterator at;
};

// librdkafka's argument list for one message; its strings are borrowed until produced.
class produce_arguments {
public:
    produce_arguments(const message& one, void* opaque) {
        arguments_.reserve(7 + one.headers.size());
        add(RD_KAFKA_VTYPE_TOPIC).u.cstr = one.topic.c_str();
        add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
        add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = opaque;
        add_bytes(RD_KAFKA_VTYPE_VALUE, one.payload);
        add_bytes(RD_KAFKA_VTYPE_KEY, one.key);
        // Kafka 4 refuses a whole batch for a record of a machine whose clock is an hour ahead.
        add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = unix_milliseconds(database_clock::now());
        if (one.partition) add(RD_KAFKA_VTYPE_PARTITION).u.i32 = *one.partition;
        for (const auto& header : one.headers) {
            auto& to = add(RD_KAFKA_VTYPE_HEADER).u.header;
            to.name = header.name.c_str();
            to.val = header.value.data();
            to.size = static_cast<ssize_t>(header.value.size());
        }
    }

    rd_kafka_resp_err_t produce(rd_kafka_t* client) const {
        const error_handle error(rd_kafka_produceva(client, arguments_.data(), arguments_.size()));
        return error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
    }

private:
    rd_kafka_vu_t& add(rd_kafka_vtype_t type) {
        auto& fresh = arguments_.emplace_back();
        fresh.vtype = type;
        return fresh;
    }

    void add_bytes(rd_kafka_vtype_t type, const std::optional<std::string>& bytes) {
        if (!bytes) return;  // null
        auto& to = add(type).u.mem;
        to.ptr = const_cast<char*>(bytes->data());  // the C API's lack of const; it only copies
        to.size = bytes->size();
    }

    std::vector<rd_kafka_vu_t> arguments_;
};

}  // namespace

struct producer::impl : std::enable_shared_from_this<impl> {
    impl(executor e, const settings& where, producer_settings s, producer_callbacks c)
        : ex(std::move(e)),
          how(s),
          tell(std::move(c)),
          client(make_client(RD_KAFKA_PRODUCER, conf_of(where, how))),
          gathered(client.get(), how.gathered),
          events(rd_kafka_queue_get_main(client.get())),
          tick(ex),
          room(ex),
          idle(ex) {
        rd_kafka_set_log_queue(client.get(), events.get());
    }

    void start() {
        auto ready = [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->serve();
        };
        watch.emplace(ex, events.get(), std::move(ready));
        arm_tick();
    }

    // A wake-up that got lost must not hang anybody for longer than this.
    void arm_tick() {
        tick.expires_after(poll_interval);
        tick.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (error || !self || self->stopped) return;
            self->serve();
            self->arm_tick();
        });
    }

    void serve() {
        bool answered = false;
        while (const event_handle event{rd_kafka_queue_poll(events.get(), 0)}) {
            switch (rd_kafka_event_type(event.get())) {
                case RD_KAFKA_EVENT_DR:
                    answered = true;
                    while (const auto* one = rd_kafka_event_message_next(event.get())) {
                        delivered(*one);
                    }
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
        if (answered) room.notify();
        if (pending == 0) idle.notify();
    }

    void delivered(const rd_kafka_message_t& one) {
        auto* slot = static_cast<call::slot*>(one._private);
        if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            slot->result.ok = true;
            slot->result.partition = one.partition;
            slot->result.offset = one.offset;
        } else {
            fill_error(slot->result, one.err);
        }
        --pending;
        answer(*slot);
    }

    void answer(call::slot& slot) {
        ++(slot.result.ok ? counters.acknowledged : counters.failed);
        auto* const owner = slot.owner;
        if (--owner->left > 0 || stopped) return;
        const auto alive = *owner->at;
        calls.erase(owner->at);
        alive->done.resume(std::monostate());
    }

    void on_error(rd_kafka_event_t* event) {
        const auto code = rd_kafka_event_error(event);
        if (code == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_event_error_is_fatal(event) != 0) {
            fatal = true;
            rd_kafka_purge(client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
            if (tell.on_fatal) tell.on_fatal(fatal_text(client.get()));
            return;
        }
        if (tell.on_error) {
            tell.on_error(rd_kafka_err2name(code), rd_kafka_event_error_string(event));
        }
    }

    void on_log(rd_kafka_event_t* event) {
        const char* facility = nullptr;
        const char* text = nullptr;
        int level = 0;
        if (rd_kafka_event_log(event, &facility, &text, &level) == 0 && tell.on_log) {
            tell.on_log(level, text);
        }
    }

    void on_queue_full() {
        ++counters.queue_full;
        if (tell.on_queue_full) tell.on_queue_full();
    }

    // Hands the message over, waiting a bounded time for room.
    static awaitable<void> enqueue(
        std::shared_ptr<impl> self, const message* one, call::slot* slot, deadline by
    ) {
        const produce_arguments arguments(*one, slot);
        self->gathered.before_produce(one->topic);
        bool waited = false;
        while (true) {
            auto code =
                self->fatal ? RD_KAFKA_RESP_ERR__FATAL : arguments.produce(self->client.get());
            if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
                ++self->pending;
                co_return;
            }
            bool again = code == RD_KAFKA_RESP_ERR__QUEUE_FULL;
            if (again) {
                if (!std::exchange(waited, true)) self->on_queue_full();
                again = co_await self->room.wait_until(by);
                if (self->stopped) std::rethrow_exception(waiter<std::monostate>::aborted());
            }
            if (!again) {
                fill_error(slot->result, code);
                self->answer(*slot);
                co_return;
            }
        }
    }

    static awaitable<std::shared_ptr<call>> deliver(
        std::shared_ptr<impl> self, const message* first, std::size_t count
    ) {
        auto mine = std::make_shared<call>(self->ex, count);
        if (count == 0) co_return mine;
        mine->at = self->calls.insert(self->calls.end(), mine);
        const auto by = deadline_in(self->how.queue_full_wait);
        std::size_t handed_over = 0;
        std::exception_ptr cancelled;
        try {
            for (; handed_over < count; ++handed_over) {
                co_await enqueue(self, first + handed_over, &mine->slots[handed_over], by);
            }
        } catch (...) {
            cancelled = std::current_exception();
        }
        if (cancelled) {
            // Those that never went out have no report to wait for.
            for (auto i = handed_over; i < count; ++i)
                self->answer(mine->slots[i]);
            std::rethrow_exception(cancelled);
        }
        if (mine->left > 0) co_await mine->done.wait();
        co_return mine;
    }

    void shut_down() {
        stopped = true;
        tick.cancel();
        watch.reset();
        // The reports of what is purged come here and nowhere else.
        rd_kafka_purge(client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        const auto left = std::exchange(calls, {});
        for (const auto& one : left)
            one->done.fail(waiter<std::monostate>::aborted());
        room.notify();
        events.reset();
        gathered.release();
        client.reset();
        fatal = true;
    }

    executor ex;
    producer_settings how;
    producer_callbacks tell;
    client_handle client;
    gathered_topics gathered;
    queue_handle events;
    std::optional<queue_watch> watch;
    steady_timer tick;
    wakeup room;  // reports came: the queue may have room
    wakeup idle;  // nothing is pending
    std::list<std::shared_ptr<call>> calls;
    std::size_t pending = 0;
    producer_counters counters;
    bool fatal = false;
    bool stopped = false;
};

producer::producer(
    executor ex, const settings& where, producer_settings how, producer_callbacks tell
)
    : impl_(std::make_shared<impl>(std::move(ex), where, how, std::move(tell))) {
    impl_->start();
}

producer::~producer() {
    impl_->shut_down();
}

awaitable<produce_result> producer::produce(message one) {
    const auto self = impl_;
    const auto answered = co_await impl::deliver(self, &one, 1);
    co_return std::move(answered->slots.front().result);
}

awaitable<std::vector<produce_result>> producer::produce_all(std::vector<message> many) {
    const auto self = impl_;
    const auto answered = co_await impl::deliver(self, many.data(), many.size());
    std::vector<produce_result> results;
    results.reserve(answered->slots.size());
    for (auto& slot : answered->slots)
        results.push_back(std::move(slot.result));
    co_return results;
}

awaitable<bool> producer::flush(std::chrono::milliseconds limit) {
    const auto self = impl_;
    const auto by = deadline_in(limit);
    while (self->pending > 0) {
        const bool notified = co_await self->idle.wait_until(by);
        if (!notified) co_return self->pending == 0;
    }
    co_return true;
}

void producer::purge() {
    rd_kafka_purge(impl_->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

std::size_t producer::pending() const noexcept {
    return impl_->pending;
}

const producer_counters& producer::counters() const noexcept {
    return impl_->counters;
}

}  // namespace pinwire::kafka
