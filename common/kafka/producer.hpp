// An idempotent producer (acks=all, murmur2_random partitioner). produce() answers when the
// brokers have acknowledged, or why not. Everything is bounded: a full queue is waited for a
// moment and then refused. Loop thread only; callbacks run on it. Throws std::runtime_error from
// the constructor if librdkafka refuses the settings.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/kafka/record.hpp"
#include "common/kafka/settings.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::kafka {

struct producer_settings {
    std::chrono::milliseconds delivery_timeout{30'000};  // from produce() to the answer, at most
    std::chrono::microseconds linger{500};
    std::chrono::milliseconds queue_full_wait{1'000};
    int queue_messages = 100'000;
    int queue_kilobytes = 64 * 1024;
    int message_bytes_max = 1'000'000;
    bool idempotence = true;  // false: no duplicate guard, never fatal
    // Topics whose readers don't care which partition a key is in: records of the same moment share
    // one, so that a burst is one request to the brokers and not one for each partition.
    std::vector<std::string> gathered;
};

struct producer_callbacks {
    std::function<void(std::string_view code, std::string_view text)> on_error;
    std::function<void(int severity, std::string_view text)> on_log;
    // A message finds no room in the queue: it waits, and is refused if none comes in time.
    std::function<void()> on_queue_full;
    // The client is dead; what was pending has been answered with an error. Leave, non-zero.
    std::function<void(std::string_view text)> on_fatal;
};

struct message {
    std::string topic;
    std::optional<std::string> key;      // nullopt: null
    std::optional<std::string> payload;  // nullopt: null, a tombstone
    std::vector<header> headers;
    std::optional<std::int32_t> partition;  // nullopt: by key, or the moment's
};

struct produce_result {
    bool ok = false;
    std::int32_t partition = -1;  // if ok
    std::int64_t offset = -1;     // if ok
    int code = 0;                 // rd_kafka_resp_err_t otherwise
    std::string name;             // e.g. "_MSG_TIMED_OUT"; empty if ok
    bool is_too_large = false;    // this message will never fit
    bool retriable = false;       // may go well later; it may also have been written already
};

struct producer_counters {
    std::uint64_t acknowledged = 0;
    std::uint64_t failed = 0;
    std::uint64_t queue_full = 0;  // messages that had to wait for room
};

class producer {
public:
    producer(executor ex, const settings&, producer_settings = {}, producer_callbacks = {});
    producer(const producer&) = delete;
    producer& operator=(const producer&) = delete;
    ~producer();  // what is pending is answered with operation_aborted

    // The message is in the queue, in the order of the calls, when the coroutine first suspends.
    // A cancelled caller leaves; its message may still be written.
    awaitable<produce_result> produce(message one);

    // One result for each message, in their order, when all are answered.
    awaitable<std::vector<produce_result>> produce_all(std::vector<message> many);

    // Waits until nothing is pending; false if the time was too short.
    awaitable<bool> flush(std::chrono::milliseconds limit);

    // Gives up everything pending: it is answered with _PURGE_QUEUE (surely not written) or
    // _PURGE_INFLIGHT (unknown).
    void purge();

    std::size_t pending() const noexcept;  // messages
    const producer_counters& counters() const noexcept;

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace pinwire::kafka
