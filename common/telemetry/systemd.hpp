// What a Type=notify service tells systemd; does nothing when NOTIFY_SOCKET isn't set. The watchdog
// is fed from the loop, at half of systemd's interval, so that a loop that hangs gets the process
// restarted. Failures to notify are ignored: they must never stop a service.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "common/runtime/asio.hpp"

namespace pinwire::telemetry {

void notify_ready(std::string_view status = {});
void notify_stopping(std::string_view status = {});
void notify_reloading(std::string_view status = {});  // until the next notify_ready
void notify_status(std::string_view status);

// WATCHDOG_USEC, if this process is the one meant.
std::optional<std::chrono::microseconds> watchdog_interval();

// Returns at once without a watchdog, else runs until cancelled. `alive`, if given, is asked each
// time: as long as it says no, nothing is fed.
awaitable<void> feed_watchdog(std::function<bool()> alive = {});

}  // namespace pinwire::telemetry
