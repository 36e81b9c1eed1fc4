// The one table of keys: shows every key of the settings given to the visitor, in the order in
// which people read them.
#pragma once

#include "common/config/settings.hpp"
#include "common/config/visitor.hpp"

namespace pinwire::config {

void walk(visitor& v, settings& s);

}  // namespace pinwire::config
