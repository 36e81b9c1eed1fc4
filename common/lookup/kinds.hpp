// One maker a provider file; only registry.cpp calls them, everybody else goes through
// make_provider.
#pragma once

#include <memory>

#include "common/lookup/provider.hpp"

namespace pinwire::lookup {

std::unique_ptr<provider> make_gateway360(settings);   // gateway360.cpp
std::unique_ptr<provider> make_hlr_lookups(settings);  // hlr_lookups.cpp
std::unique_ptr<provider> make_http(settings);         // http.cpp
std::unique_ptr<provider> make_infobip(settings);      // infobip.cpp
std::unique_ptr<provider> make_twilio(settings);       // twilio.cpp

}  // namespace pinwire::lookup
