#include "common/core/deadlines.hpp"

#include <algorithm>

namespace pinwire {

using std::chrono::seconds;
using std::chrono::system_clock;

seconds default_send_within(seconds pin_expires_in) {
    return pin_expires_in > seconds(0) ? std::min(pin_expires_in, one_hour) : one_hour;
}

system_clock::time_point send_by(
    system_clock::time_point requested_at,
    seconds send_within,
    std::optional<system_clock::time_point> pin_expiry
) {
    const auto by_request = requested_at + send_within;
    return pin_expiry ? std::min(by_request, *pin_expiry) : by_request;
}

seconds validity_left(
    system_clock::time_point now,
    std::optional<system_clock::time_point> pin_expiry,
    seconds route_validity_max
) {
    seconds left = one_hour;
    if (route_validity_max > seconds(0)) left = std::min(left, route_validity_max);
    if (pin_expiry) left = std::min(left, std::chrono::floor<seconds>(*pin_expiry - now));
    return std::max(left, seconds(0));
}

}  // namespace pinwire
