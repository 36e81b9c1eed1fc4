// One maker a provider file; only registry.cpp calls them, everybody else goes through
// make_provider.
#pragma once

#include <memory>

#include "common/lookup/provider.hpp"

namespace pinwire::lookup {

std::unique_ptr<provider> make_infobip(settings);  // infobip.cpp

}  // namespace pinwire::lookup
