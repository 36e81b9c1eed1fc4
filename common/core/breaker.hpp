// A circuit breaker for one route or endpoint: after enough failures it refuses, then lets single
// probes through at growing intervals until one succeeds. Pure: now comes in, from a steady clock.
// One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace pinwire {

class breaker {
public:
    using time_point = std::chrono::steady_clock::time_point;

    enum class phase {
        closed,    // everything passes
        open,      // nothing passes until probe_at()
        half_open  // one probe is under way
    };

    // How one call may go; the caller hands it back with the call's result.
    enum class pass {
        refused,
        normal,
        probe  // decides alone whether the breaker closes
    };

    pass try_pass(time_point now);

    // Results of calls from before the breaker opened move nothing.
    void succeeded(time_point now, pass how);
    void failed(time_point now, pass how);
    // The call ended without saying anything about the other side (cancelled by us).
    void abandoned(time_point now, pass how);

    phase state() const noexcept { return phase_; }
    // When the next probe may pass; only meaningful while open.
    time_point probe_at() const noexcept { return probe_at_; }
    // Closed, or open and due for a probe: worth choosing.
    bool would_pass(time_point now) const noexcept;

private:
    struct second {
        std::int64_t number = -1;  // seconds of the steady clock
        std::uint32_t calls = 0;
        std::uint32_t failures = 0;
    };

    void count(time_point now, bool failure);
    bool too_many_failures(time_point now) const;
    void open(time_point now);
    void close();

    static constexpr unsigned failures_in_row_max = 10;
    static constexpr unsigned calls_min = 20;  // before the share of failures says anything
    static constexpr std::size_t window_seconds = 60;

    phase phase_ = phase::closed;
    unsigned failures_in_row_ = 0;
    unsigned probes_failed_ = 0;
    time_point probe_at_{};
    std::array<second, window_seconds> window_{};
};

std::string_view to_string(breaker::phase);

}  // namespace pinwire
