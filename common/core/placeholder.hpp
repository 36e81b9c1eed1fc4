// The PIN's place in a text: `{PIN}` for 360NRS, exactly once; `{{pin}}` for Infobip, once or more.
// Each is plain text in the other's dialect. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/core/job.hpp"

namespace pinwire {

std::string_view placeholder_of(dialect);
std::size_t placeholders_in(dialect, std::string_view text);
// As often as the dialect demands.
bool has_valid_placeholders(dialect, std::string_view text);

}  // namespace pinwire
