// The keys of [guard], for the one table of keys (tables.hpp).
#pragma once

#include "common/config/guard_settings.hpp"
#include "common/config/visitor.hpp"

namespace pinwire::config {

void walk_guard(visitor& v, guard_settings& g);

}  // namespace pinwire::config
