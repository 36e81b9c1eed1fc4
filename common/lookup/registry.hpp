// The one table of names: kind -> lookup provider.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/lookup/provider.hpp"

namespace pinwire::lookup {

std::unique_ptr<provider> make_provider(settings);  // nullptr when the kind is unknown
std::vector<std::string> known_kinds();

}  // namespace pinwire::lookup
