// A thread that takes looks, one every interval, so that keys and signals never wait for a database
// that doesn't answer. The descriptor becomes readable when there is a new look.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/top/look.hpp"

namespace pinwire::cli {

class looker {
public:
    // `take` runs on the thread and must be bounded in time; the destructor waits for it.
    looker(std::function<look()> take, std::chrono::milliseconds interval);
    ~looker();
    looker(const looker&) = delete;
    looker& operator=(const looker&) = delete;

    int descriptor() const noexcept { return descriptor_; }
    // What came since; the newest of several.
    std::optional<look> newest();

private:
    void run();
    bool wait_until(steady_point);  // false: it ends

    std::function<look()> take_;
    std::chrono::milliseconds interval_;
    int descriptor_ = -1;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ends_ = false;
    std::optional<look> newest_;
    std::thread thread_;
};

}  // namespace pinwire::cli
