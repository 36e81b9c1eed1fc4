#include "common/telemetry/systemd.hpp"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <string>

namespace pinwire::telemetry {

namespace asio = boost::asio;

namespace {

// The protocol is lines: a newline in a status would begin another assignment.
void notify(std::string state, std::string_view status) {
    if (!status.empty()) {
        auto line = std::string(status.substr(0, 512));
        std::replace(line.begin(), line.end(), '\n', ' ');
        state += (state.empty() ? "STATUS=" : "\nSTATUS=") + line;
    }
    if (!state.empty()) ::sd_notify(0, state.c_str());
}

}  // namespace

void notify_ready(std::string_view status) {
    notify("READY=1", status);
}

void notify_stopping(std::string_view status) {
    notify("STOPPING=1", status);
}

// systemd from 253 on wants to know since when (Type=notify-reload).
void notify_reloading(std::string_view status) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us), status);
}

void notify_status(std::string_view status) {
    notify("", status);
}

std::optional<std::chrono::microseconds> watchdog_interval() {
    std::uint64_t us = 0;
    if (::sd_watchdog_enabled(0, &us) <= 0 || us == 0) return std::nullopt;
    return std::chrono::microseconds(us);
}

awaitable<void> feed_watchdog(std::function<bool()> alive) {
    const auto interval = watchdog_interval();
    if (!interval) co_return;
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    constexpr auto token = asio::as_tuple(use_awaitable);
    for (;;) {
        if (!alive || alive()) notify("WATCHDOG=1", {});
        timer.expires_after(*interval / 2);
        const auto [error] = co_await timer.async_wait(token);
        if (error) co_return;
    }
}

}  // namespace pinwire::telemetry
