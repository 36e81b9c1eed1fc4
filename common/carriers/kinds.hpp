// One maker a carrier file; only registry.cpp calls them, everybody else goes through make_carrier.
#pragma once

#include <memory>

#include "common/carriers/carrier.hpp"

namespace pinwire::carriers {

std::unique_ptr<carrier> make_nrs360(settings);   // nrs360.cpp
std::unique_ptr<carrier> make_http(settings);     // http.cpp
std::unique_ptr<carrier> make_infobip(settings);  // infobip.cpp
std::unique_ptr<carrier> make_jasmin(settings);   // jasmin.cpp
std::unique_ptr<carrier> make_kannel(settings);   // kannel.cpp
std::unique_ptr<carrier> make_twilio(settings);   // twilio.cpp
std::unique_ptr<carrier> make_vonage(settings);   // vonage.cpp

}  // namespace pinwire::carriers
