// The ladder of an attempt in doubt: repeat under the carrier's own idempotency reference, wait for
// a DLR, ask the carrier what became of it, then the route's policy. Pure: it says which rung comes
// next. A PIN that is expired is never sent again, whatever the rung. Every rung is bounded: the
// policy decides at max(doubt_wait, patience + absent_after) after the first request and
// half a doubt_wait for each of three asks (eight at most, where repeats were left over).
#pragma once

#include <chrono>
#include <optional>

#include "common/config/settings.hpp"
#include "common/core/route_choice.hpp"

namespace pinwire::worker {

struct doubt {
    std::chrono::system_clock::time_point started_at;  // when the first request may have gone out
    std::chrono::system_clock::time_point send_by;     // after this nothing may be sent
    std::chrono::system_clock::time_point deadline;    // when it closes, whatever came
    int repeats = 0;                                   // requests since the first: repeats and asks
    std::chrono::seconds idempotency_window{0};  // of the carrier; 0: not known, never repeated
    std::chrono::milliseconds patience{0};       // after started_at; a request may leave so late
    bool can_ask = false;                        // the carrier
    std::chrono::seconds absent_after{0};  // so late its list proves absence; 0: it never does
    in_doubt_policy policy = in_doubt_policy::hold;
};

struct rung {
    enum class kind {
        repeat,  // the same request again, under the same reference
        wait,    // look again at `at`
        ask,     // what became of it
        resend,  // the operator's waiver: a new attempt
        hold     // until the deadline
    } what = kind::hold;
    std::chrono::system_clock::time_point at;
};

inline constexpr int repeats_max = 5;
inline constexpr int asks_max = 3;

// `settled`: no DLR acknowledged before this moment is still unread; none: not known.
rung next_rung(
    const doubt&,
    std::optional<std::chrono::system_clock::time_point> settled,
    const config::timing_settings&,
    std::chrono::system_clock::time_point now
);

// When to look again after a repeat that brought no certainty either.
std::chrono::system_clock::time_point after_repeat(
    int repeats, std::chrono::system_clock::time_point now
);

// When to look again after an answer that proved nothing.
std::chrono::system_clock::time_point after_ask(
    const config::timing_settings&, std::chrono::system_clock::time_point now
);

}  // namespace pinwire::worker
