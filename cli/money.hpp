// Credit and cost: millionths of whatever unit the operator counts in, written with a point. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinwire::cli {

// "12", "+12.50", "-0.000001": at most six places and nine digits before them.
std::optional<std::int64_t> parse_micros(std::string_view text);
// "12.50": at least two places, no more than needed.
std::string micros_text(std::int64_t micros);

}  // namespace pinwire::cli
