// A route of the configuration as the choice sees it (core/route_choice). Pure.
#pragma once

#include "common/config/settings.hpp"

namespace pinwire::config {

route_terms terms_of(const settings&, const route_settings&);

}  // namespace pinwire::config
