// [carriers.NAME.http]: the keys that describe a carrier of kind "http", and what must hold between
// them. Pure but for the facts it writes to.
#pragma once

#include <string>
#include <vector>

#include "common/carriers/carrier.hpp"
#include "common/config/reader.hpp"
#include "common/config/visitor.hpp"

namespace pinwire::config {

void walk_http_carrier(visitor&, carriers::http_description&);

// `at` is the key path of the carrier. Returns warnings; mistakes go to the facts.
std::vector<mistake>
check_http_carrier(const carriers::settings&, const std::string& at, file_facts&);

}  // namespace pinwire::config
