// What time it is for Pinwire: the database's time, carried on between two looks at it by the boot
// clock. Whatever is compared with a time that the database wrote, or is kept by it, is told by
// this clock, so that an hour that somebody sets on one machine neither ends a PIN nor opens a
// time-out there. Logs and certificates go by the machine's own.
#pragma once

#include <chrono>

#include "common/runtime/boot_clock.hpp"

namespace pinwire {

// Any thread. One for the process, as the machine's clock is.
struct database_clock {
    using duration = std::chrono::system_clock::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::system_clock::time_point;
    static constexpr bool is_steady = false;  // it may be put back by what a look was off

    // The machine's own time before the first look.
    static time_point now() noexcept;

    // The database said `read` at some moment from `asked` to `answered`. Moves the clock no more
    // than that makes it: a slow answer tells little. One thread at a time.
    static void looked(
        time_point read, boot_clock::time_point asked, boot_clock::time_point answered
    ) noexcept;
};

}  // namespace pinwire
