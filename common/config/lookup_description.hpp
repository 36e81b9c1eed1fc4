// [providers.NAME.http], the description of a lookup provider of kind "http": its keys, and what no
// single key of a provider can know: which of them its kind reads.
#pragma once

#include <string>

#include "common/config/reader.hpp"
#include "common/config/settings.hpp"
#include "common/config/visitor.hpp"

namespace pinwire::config {

void walk_lookup_description(visitor& v, lookup::description& d);

// Adds mistakes to `facts`; `at` is "providers.NAME".
void check_provider_keys(const provider_settings& p, const std::string& at, file_facts& facts);

}  // namespace pinwire::config
