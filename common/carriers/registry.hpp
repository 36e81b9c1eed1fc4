// The one table of names: kind -> carrier. A new carrier adds its file, its golden tests and a line
// in registry.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/carriers/carrier.hpp"

namespace pinwire::carriers {

// nullptr when the kind is unknown; check-config names the known ones.
std::unique_ptr<carrier> make_carrier(settings);
std::vector<std::string> known_kinds();

}  // namespace pinwire::carriers
