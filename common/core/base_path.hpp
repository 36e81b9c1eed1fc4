// The path that an operator wrote into a base_url, so that a request's target can be put below it.
// Pure; the URL itself was checked with the configuration.
#pragma once

#include <string>
#include <string_view>

namespace pinwire {

// "/sms" of "https://api.example.com/sms/"; empty when there is no path.
std::string base_path(std::string_view base_url);

}  // namespace pinwire
