// Names that all statements share. Times go to the database to the microsecond;
// time_point::max() is its infinity, time_point::min() its -infinity.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace pinwire::postgres {

using time_point = std::chrono::system_clock::time_point;
using milliseconds = std::chrono::milliseconds;
using content_hash_bytes = std::array<std::uint8_t, 32>;

inline constexpr time_point never = time_point::max();

}  // namespace pinwire::postgres
