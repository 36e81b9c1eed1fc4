#include "common/runtime/database_clock.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

namespace pinwire {
namespace {

constexpr auto never = std::numeric_limits<std::int64_t>::min();

// The database's time less the boot clock's, in nanoseconds.
std::atomic<std::int64_t> ahead_of_boot = never;

std::int64_t count(boot_clock::duration since) noexcept {
    return since.count();
}

}  // namespace

database_clock::time_point database_clock::now() noexcept {
    const auto ahead = ahead_of_boot.load(std::memory_order_relaxed);
    if (ahead == never) return std::chrono::system_clock::now();
    const boot_clock::duration since(count(boot_clock::now().time_since_epoch()) + ahead);
    return time_point(std::chrono::duration_cast<duration>(since));
}

void database_clock::looked(
    time_point read, boot_clock::time_point asked, boot_clock::time_point answered
) noexcept {
    const auto then =
        count(std::chrono::duration_cast<boot_clock::duration>(read.time_since_epoch()));
    const auto least = then - count(answered.time_since_epoch());
    const auto most = then - count(asked.time_since_epoch());
    const auto held = ahead_of_boot.load(std::memory_order_relaxed);
    const auto next =
        held == never ? least + (most - least) / 2 : std::clamp(held, least, std::max(least, most));
    ahead_of_boot.store(next, std::memory_order_relaxed);
}

}  // namespace pinwire
