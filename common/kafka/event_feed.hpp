// Reads all partitions of a topic for itself alone: by assignment, without a group and without a
// committed offset, from the end as it was when the feed was positioned. What is written after
// positioned() is seen, at least once and in order within a partition; partitions that appear later
// are read from their beginning. Records are picked by one header, looked at before anything is
// copied: most of a shared topic is for others.
//
// Brokers that can't be reached, and a topic that isn't there yet, are waited for. Loop thread
// only; callbacks run on it and must not destroy the feed. Throws std::runtime_error from the
// constructor if librdkafka refuses the settings.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/kafka/record.hpp"
#include "common/kafka/settings.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::kafka {

struct feed_settings {
    std::string topic;
    std::string header;                            // whose value decides
    std::chrono::milliseconds look_every{10'000};  // for new partitions
    std::chrono::milliseconds ask_again{1'000};    // while it isn't positioned
    int prefetch_kilobytes = 16 * 1024;
};

struct feed_callbacks {
    // By the last header of that name; empty when there is none.
    std::function<bool(std::string_view value)> wants;
    std::function<void(record)> on_record;
    // Once: from now on nothing is missed.
    std::function<void()> on_positioned;
    // Why it isn't positioned yet, and what librdkafka complains of; it goes on by itself.
    std::function<void(std::string_view code, std::string_view text)> on_error;
    std::function<void(std::string_view text)> on_fatal;  // the client is dead: leave, non-zero
};

struct feed_counters {
    std::uint64_t received = 0;  // given to on_record
    std::uint64_t skipped = 0;   // not wanted
    std::uint64_t gaps = 0;      // a partition whose next record had been deleted already
};

class event_feed {
public:
    event_feed(executor ex, const settings&, feed_settings, feed_callbacks);
    event_feed(const event_feed&) = delete;
    event_feed& operator=(const event_feed&) = delete;
    ~event_feed();  // waits some seconds at most, for a question to the brokers under way

    bool positioned() const noexcept;
    std::size_t partitions() const noexcept;
    const feed_counters& counters() const noexcept;

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace pinwire::kafka
