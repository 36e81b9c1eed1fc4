// What no single key can know: values that must fit each other. Pure but for the names of kinds,
// which come from carriers and lookup. A key that already has a mistake isn't compared.
#pragma once

#include <vector>

#include "common/config/reader.hpp"
#include "common/config/settings.hpp"

namespace pinwire::config {

// Adds mistakes to `facts`; returns the warnings.
std::vector<mistake> cross_check(const settings& s, file_facts& facts);

}  // namespace pinwire::config
