// Times as Kafka and JSON dialects count them. Pure.
#pragma once

#include <chrono>
#include <cstdint>

namespace pinwire {

inline std::int64_t unix_milliseconds(std::chrono::system_clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

}  // namespace pinwire
