// How far a consumer group has come in a topic, for people who watch: asked by a client of its own
// that never joins the group and commits nothing. Blocking and bounded by a time limit; never on
// the loop. What can't be asked is a std::runtime_error; the next look tries again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/kafka/settings.hpp"

namespace pinwire::kafka {

// Over all partitions.
struct group_progress {
    int partitions = 0;
    std::int64_t end = 0;   // sum of the offsets of what will be written next
    std::int64_t done = 0;  // sum of the committed ones; where there is none: of the oldest record
    std::int64_t lag = 0;   // records that are there and not committed, less those that are no work
};

class group_watch {
public:
    // Throws std::runtime_error for settings that librdkafka doesn't take; connects at the first
    // look. `is_no_work`: of a record's bytes. They are read to tell, where few (1000 at most) wait
    // and for a moment; what couldn't be read counts.
    group_watch(
        const settings&,
        const std::string& group,
        std::string topic,
        std::function<bool(std::string_view)> is_no_work = {}
    );
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
