// What a job costs, before anybody knows which route will take it: the price of the route that
// would come first, for the parts that its text will have. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/config/settings.hpp"
#include "common/core/job.hpp"

namespace pinwire::config {

// Micro-units; 0 when no route fits. Among equals the dearest, so that credit covers either.
// `network`: MCC and MNC as the lookup told; empty: not known.
std::int64_t price_of(const settings&, const job&, std::string_view network = {});

}  // namespace pinwire::config
