#include "common/telemetry/log.hpp"

#include <utility>

namespace pinwire::telemetry {

std::optional<std::uint64_t> log_limiter::admit(std::string_view key, time_point now) {
    auto name = std::string(key);
    if (entries_.size() >= keys_max && !entries_.contains(name)) name.clear();
    const auto [at, first] = entries_.try_emplace(std::move(name), entry{now, 0});
    if (first) return 0;
    if (now - at->second.last < std::chrono::seconds(1)) {
        ++at->second.suppressed;
        return std::nullopt;
    }
    at->second.last = now;
    return std::exchange(at->second.suppressed, 0);
}

}  // namespace pinwire::telemetry
