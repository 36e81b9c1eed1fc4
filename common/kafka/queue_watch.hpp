// Tells the loop that a librdkafka queue has become non-empty: librdkafka writes to an eventfd,
// Asio waits for it. It fires on empty -> non-empty only, so `on_ready` (or whoever it wakes) must
// poll the queue until it gives null. Included by .cpp files of common/kafka only.
#pragma once

#include <functional>
#include <memory>

#include "common/kafka/rdkafka_handles.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::kafka {

class queue_watch {
public:
    // The queue must outlive the watch. Throws std::system_error if there is no descriptor left.
    queue_watch(executor ex, rd_kafka_queue_t* queue, std::function<void()> on_ready);
    queue_watch(const queue_watch&) = delete;
    queue_watch& operator=(const queue_watch&) = delete;
    ~queue_watch();  // on_ready isn't called any more

private:
    struct state;
    std::shared_ptr<state> state_;
    rd_kafka_queue_t* queue_;
};

}  // namespace pinwire::kafka
