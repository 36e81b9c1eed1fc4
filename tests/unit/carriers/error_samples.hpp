// For each kind of carrier: the answer in which one row of its error table comes, in the shape that
// the carrier documents. A new kind adds its branch to error_samples.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "common/carriers/carrier.hpp"

namespace pinwire::carriers::samples {

// None: this kind has no sample yet, which fails the test of the tables.
std::optional<http_response> answer_saying(std::string_view kind, const error_class&, channel);

}  // namespace pinwire::carriers::samples
