// How long a route's requests may take: its own times, else its carrier's. Pure.
#pragma once

#include <chrono>

#include "common/config/settings.hpp"

namespace pinwire::config {

struct request_times {
    std::chrono::milliseconds connect{3000};
    std::chrono::milliseconds answer{10'000};  // first byte sent to last byte read
};

request_times times_of(const settings&, const route_settings&);

}  // namespace pinwire::config
