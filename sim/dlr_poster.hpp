// Posts delivery reports when they are due, over keep-alive connections, with a bound on posts at
// once to one origin, and tries again what was not taken. Everything on the io_context's thread.
// Lifecycle: schedule…, stop once; the client must outlive it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/http/client.hpp"
#include "common/runtime/asio.hpp"
#include "sim/dlr_task.hpp"
#include "sim/settings.hpp"

namespace pinwire::sim {

// How one try of one report ended.
struct dlr_try {
    const submission& about;
    dlr_step step{};
    unsigned number = 1;  // of this try, from 1
    std::size_t batch_size = 1;
    bool batch_head = true;     // the first report of its request: counts the request
    unsigned answer = 0;        // HTTP status; 0: none came
    bool acknowledged = false;  // as this carrier wants it
    std::string error{};        // why none came
    std::string said{};         // where it was asked what to say: the answer's body
    bool given_up = false;
    std::chrono::system_clock::time_point posted_at{};
    std::chrono::system_clock::time_point ended_at{};

    bool taken() const { return acknowledged; }
};

struct dlr_timing {
    std::chrono::milliseconds delay;
    std::chrono::milliseconds retry;
    unsigned tries_max;
    std::size_t batch_max;
    std::chrono::milliseconds batch_wait;
};

class dlr_poster {
public:
    using observer = std::function<void(const dlr_try&)>;

    dlr_poster(
        boost::asio::io_context& context, http::client& via, const settings& given, observer told
    );
    ~dlr_poster();
    dlr_poster(const dlr_poster&) = delete;
    dlr_poster& operator=(const dlr_poster&) = delete;

    dlr_timing& timing();

    // False: over the bound, dropped.
    bool schedule(dlr_task task, std::chrono::milliseconds delay);
    // Posts the first step at once and returns when that try has ended; what is left is scheduled.
    awaitable<void> post_now(dlr_task task);

    // Scheduled, ready and under way.
    std::size_t waiting() const;
    // Forgets what is scheduled; what is under way ends untold.
    void clear();
    // Cancels what is under way after the grace.
    awaitable<void> stop(std::chrono::milliseconds grace);

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace pinwire::sim
