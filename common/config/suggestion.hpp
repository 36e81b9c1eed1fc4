// "Did you mean …": the nearest of the known names, if one is near enough to be meant. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pinwire::config {

// Empty if none is near.
std::string nearest(std::string_view given, const std::vector<std::string>& known);

}  // namespace pinwire::config
