// A circuit breaker for one route, provider or endpoint: after enough failures it refuses, then
// lets single probes through at growing intervals until enough of them in a row succeed. The
// intervals stay grown until it has held closed for a while, so that an error rate near the
// threshold can't make it flap. Pure: now comes in, from a steady clock. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace pinwire {

struct breaker_settings {
    unsigned failures_in_row_max = 10;
    double failures_share_max = 0.5;  // of the calls in the window, at this share it opens
    unsigned calls_min = 20;          // in the window, before that share says anything
    std::chrono::seconds window{60};  // at most 120 s
    std::chrono::seconds probe_first{5};
    std::chrono::seconds probe_last{300};
    unsigned probes_needed = 1;          // successes in a row that close it
    std::chrono::seconds remembered{0};  // closed for so long, it starts with probe_first again
};

class breaker {
public:
    using time_point = std::chrono::steady_clock::time_point;

    enum class phase {
        closed,    // everything passes
        open,      // nothing passes until probe_at()
        half_open  // probes, one at a time
    };

    // How one call may go; the caller hands it back with the call's result.
    enum class pass {
        refused,
        normal,
        probe  // decides whether the breaker closes
    };

    // Why it isn't closed.
    enum class cause { none, failures_in_row, failures_share, probe_failed };

    breaker() = default;
    explicit breaker(const breaker_settings& with) : with_(with) {}

    pass try_pass(time_point now);

    // Results of calls from before the breaker opened move nothing.
    void succeeded(time_point now, pass how);
    void failed(time_point now, pass how);
    // It refused for our haste ("too fast"): no failure as long as slowing down may help. When that
    // was `in_vain`, it counts in the share; but a row of such answers opens nothing, for they come
    // in rows.
    void throttled(time_point now, pass how, bool in_vain);
    // The call ended without saying anything about the other side (cancelled by us).
    void abandoned(time_point now, pass how);

    phase state() const noexcept { return phase_; }
    cause why() const noexcept { return cause_; }
    // When the next probe may pass; only meaningful while open.
    time_point probe_at() const noexcept { return probe_at_; }
    // Closed, or due for a probe: worth choosing.
    bool would_pass(time_point now) const noexcept;
    // Failures among the calls of the window, 0 to 1; 0 when there are none.
    double failures_share(time_point now) const;

private:
    struct second {
        std::int64_t number = -1;  // seconds of the steady clock
        std::uint32_t calls = 0;
        std::uint32_t failures = 0;
    };
    struct sums {
        std::uint64_t calls = 0;
        std::uint64_t failures = 0;
    };

    void count(time_point now, bool failure);
    sums in_window(time_point now) const;
    void judge_share(time_point now);
    std::chrono::seconds probe_interval() const;
    void open(time_point now, cause why);
    void close(time_point now);

    static constexpr std::size_t window_max = 120;

    breaker_settings with_;
    phase phase_ = phase::closed;
    cause cause_ = cause::none;
    bool probing_ = false;  // half open, and a probe is under way
    unsigned failures_in_row_ = 0;
    unsigned openings_ = 0;  // in a row, failed probes among them
    unsigned probes_good_ = 0;
    time_point probe_at_{};
    time_point closed_at_{};
    std::array<second, window_max> window_{};
};

std::string_view to_string(breaker::phase);
std::string_view to_string(breaker::cause);

}  // namespace pinwire
