// One member of a consumer group. Records come by next(); each is to be called done() once its
// outcome is durable elsewhere, in any order: what is committed is the contiguous done prefix of
// each partition in its present assignment, and nothing else. Delivery is at least once.
//
// Back-pressure is not calling next(): messages then stay in librdkafka's bounded queue, while
// rebalances, errors and the group's liveness go on, because they have a queue of their own.
// Loop thread only; callbacks run on it, may call done() and owns(), and must not destroy the
// consumer. Throws std::runtime_error from the constructor if librdkafka refuses the settings;
// brokers that can't be reached are waited for.
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

struct consumer_settings {
    std::string group;
    std::vector<std::string> topics;
    bool partition_ends = false;     // call on_end when a partition was read to its end
    int prefetch_messages = 20'000;  // two seconds of peak: over it the fetcher pauses 1 s
    int prefetch_kilobytes = 16 * 1024;
    std::size_t unfinished_max = 50'000;  // records given out and not done, over all partitions
    std::size_t span_max = 20'000;  // records from the lowest unfinished to the highest received
    std::chrono::milliseconds session_timeout{10'000};
    std::chrono::milliseconds max_poll_interval{300'000};
    std::chrono::milliseconds commit_interval{500};
    std::chrono::milliseconds revoke_commit_max{1'000};  // wait for the commit before giving up a
                                                         // partition
};

struct consumer_callbacks {
    std::function<void(const std::vector<topic_partition>&)> on_assigned;
    // Before the partitions are given up; lost: somebody else may own them already.
    std::function<void(const std::vector<topic_partition>&, bool lost)> on_revoked;
    // Every record below `offset` has been returned by next(), at the latest by the very call
    // that is running now. Only with partition_ends.
    std::function<void(const position& end)> on_end;
    // Records [committed, committed + missing) were deleted before we read them: an alarm.
    std::function<void(const topic_partition&, std::int64_t missing)> on_gap;
    // Information; librdkafka goes on by itself.
    std::function<void(std::string_view code, std::string_view text)> on_error;
    // librdkafka's own log lines; severity as in syslog (7 = debug).
    std::function<void(int severity, std::string_view text)> on_log;
    // next() gives nothing more until some are done: so many are not, of one partition so many lie
    // over the lowest of them.
    std::function<void(std::size_t unfinished, std::size_t span)> on_held_back;
    // The client is dead: leave with a non-zero code. next() gives nothing more.
    std::function<void(std::string_view text)> on_fatal;
};

struct partition_lag {
    topic_partition at;
    std::int64_t lag = 0;  // records between the done prefix and the end last heard of
};

struct consumer_counters {
    std::uint64_t received = 0;
    std::uint64_t finished = 0;
    std::uint64_t discarded = 0;  // of partitions that had gone already
    std::uint64_t stale = 0;      // done() of an assignment that is over
    std::uint64_t rebalances = 0;
    std::uint64_t commit_failures = 0;
    std::uint64_t gaps = 0;          // committed offset below a partition's first record
    std::uint64_t valve_closed = 0;  // next() held back by unfinished_max or span_max
};

class consumer {
public:
    consumer(executor ex, const settings&, consumer_settings, consumer_callbacks = {});
    consumer(const consumer&) = delete;
    consumer& operator=(const consumer&) = delete;
    // Without close() the member leaves silently and its partitions wait for session_timeout.
    ~consumer();

    // Waits for at least one record, gives at most `max`, in order within a partition. Empty:
    // closing (or fatal). One caller at a time. A cancelled call loses nothing.
    awaitable<std::vector<record>> next(std::size_t max);

    // Marks a record finished. One whose assignment is over is ignored.
    void done(const record& finished);
    void done(const position& finished);

    bool owns(std::string_view topic, std::int32_t partition, std::uint64_t assignment) const;
    std::vector<topic_partition> assigned() const;
    std::size_t unfinished() const noexcept;
    std::size_t span() const noexcept;  // of the widest partition, as in span_max
    std::size_t prefetched() const;     // records fetched and not given out yet
    // From what the broker last said, which may be some seconds old; a partition that came a moment
    // ago may be missing.
    std::vector<partition_lag> lag() const;
    const consumer_counters& counters() const noexcept;

    // next() ends with what it has; nothing more is taken. For the drain before close().
    void stop();

    // Final commit, and leaves the group. False if that took longer: then the client is
    // abandoned (the process should end soon).
    awaitable<bool> close(std::chrono::milliseconds limit);

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace pinwire::kafka
