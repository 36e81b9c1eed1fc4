// What a message's text may hold, and the PIN's place in it: `{PIN}` for 360NRS, exactly once;
// `{{pin}}` for Infobip, once or more. Each is plain text in the other's dialect. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/core/job.hpp"

namespace pinwire {

inline constexpr std::size_t message_text_max = 1600;  // characters
// Line breaks and tabs are text; every other control character is not.
bool is_message_text(std::string_view text);

std::string_view placeholder_of(dialect);
std::size_t placeholders_in(dialect, std::string_view text);
// As often as the dialect demands.
bool has_valid_placeholders(dialect, std::string_view text);

}  // namespace pinwire
