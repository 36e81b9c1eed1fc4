// How far a consumer group has come in a topic, for people who watch: asked by a client of its own
// that never joins the group and commits nothing. Blocking and bounded by a time limit; never on
// the loop. What can't be asked is a std::runtime_error; the next look tries again.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/kafka/settings.hpp"

namespace pinwire::kafka {

// Over all partitions.
struct group_progress {
    int partitions = 0;
    std::int64_t end = 0;   // sum of the offsets of what will be written next
    std::int64_t done = 0;  // sum of the committed ones; where there is none: of the oldest record
    std::int64_t lag = 0;   // records that are there and not committed
};

class group_watch {
public:
    // Throws std::runtime_error for settings that librdkafka doesn't take; connects at the first
    // look.
    group_watch(const settings&, const std::string& group, std::string topic);
    ~group_watch();
    group_watch(const group_watch&) = delete;
    group_watch& operator=(const group_watch&) = delete;

    // None: there is no such topic.
    std::optional<group_progress> look(std::chrono::milliseconds limit);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace pinwire::kafka
