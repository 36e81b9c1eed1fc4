// CLOCK_BOOTTIME: goes on while the machine sleeps and isn't moved by time setting. Leases and
// heartbeats are judged by it, so that a suspended process doesn't think itself alive.
#pragma once

#include <chrono>
#include <ctime>

namespace pinwire {

struct boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept {
        timespec time = {};
        ::clock_gettime(CLOCK_BOOTTIME, &time);
        return time_point(std::chrono::seconds(time.tv_sec) + duration(time.tv_nsec));
    }
};

}  // namespace pinwire
