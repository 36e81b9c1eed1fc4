// How long a job may be sent, and how long its message is worth delivering. Pure: `now` comes in.
#pragma once

#include <chrono>
#include <optional>

namespace pinwire {

inline constexpr std::chrono::seconds one_hour{3600};
inline constexpr std::chrono::seconds send_within_max{7 * 24 * 3600};

// The shortest of the PIN's life and one hour; a PIN that never expires (0): one hour.
std::chrono::seconds default_send_within(std::chrono::seconds pin_expires_in);

// After this moment nothing may be sent. No expiry: the PIN never does.
std::chrono::system_clock::time_point send_by(
    std::chrono::system_clock::time_point requested_at,
    std::chrono::seconds send_within,
    std::optional<std::chrono::system_clock::time_point> pin_expiry
);

// What a carrier may be told as validity: the shortest of what is left of the PIN's life, the
// route's setting (0: none) and one hour; rounded down to seconds, never below 0. At 0 nothing may
// be sent any more.
std::chrono::seconds validity_left(
    std::chrono::system_clock::time_point now,
    std::optional<std::chrono::system_clock::time_point> pin_expiry,
    std::chrono::seconds route_validity_max
);

}  // namespace pinwire
