#include "common/core/zone_offset.hpp"

#include <string>

#include "common/core/time_format.hpp"

namespace pinwire {

std::optional<std::chrono::seconds> zone_offset(std::string_view zone) {
    if (zone.empty() || zone == "UTC" || zone == "Z") return std::chrono::seconds(0);
    const auto midnight = parse_rfc3339("2000-01-01T00:00:00Z");
    const auto there = parse_rfc3339("2000-01-01T00:00:00" + std::string(zone));
    if (!midnight || !there) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::seconds>(*midnight - *there);
}

}  // namespace pinwire
