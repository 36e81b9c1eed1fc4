// The one table of names: kind -> lookup provider.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/lookup/provider.hpp"

namespace pinwire::lookup {

std::unique_ptr<provider> make_provider(settings);  // nullptr when the kind is unknown
std::vector<std::string> known_kinds();

// Which of the settings a kind reads; the others would be a slip of the operator's.
struct kind_needs {
    bool known = false;
    bool key = false;        // needs api_key; kind "http": as its description says
    bool secret = false;     // needs api_secret; likewise
    bool route = false;      // reads route and storage
    bool described = false;  // reads the description
};
kind_needs needs_of(std::string_view kind);

}  // namespace pinwire::lookup
