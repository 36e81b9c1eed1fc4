// Prices by destination: the price of the longest prefix that a number has. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace pinwire {

// Micro-units, by prefix.
using price_table = std::map<std::string, std::int64_t, std::less<>>;

// `otherwise`: when no prefix fits.
std::int64_t price_for(std::string_view digits, const price_table&, std::int64_t otherwise);

}  // namespace pinwire
