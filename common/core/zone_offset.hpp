// A time zone as accounts and carriers name it: a fixed offset from UTC. There is no time zone
// database here, so check-config refuses every other name. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pinwire {

// East of UTC for "", "UTC", "Z" (0) or an offset like "+02:00"; nothing for any other name.
std::optional<std::chrono::seconds> zone_offset(std::string_view zone);

}  // namespace pinwire
