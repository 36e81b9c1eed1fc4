// What a message costs on one route: the price of the longest prefix that the number has, else the
// route's own, for each part (a call: for each call). Pure.
#pragma once

#include <cstdint>

#include "common/config/settings.hpp"
#include "common/core/job.hpp"

namespace pinwire::config {

// Of the SMS with its PIN in place; any PIN of the length takes as much room as any other. A call
// is one.
int parts_of(const job&);

// Micro-units for one part.
std::int64_t price_on(const route_settings&, const msisdn&);

// Micro-units for the whole message.
std::int64_t cost_on(const route_settings&, const job&);

}  // namespace pinwire::config
