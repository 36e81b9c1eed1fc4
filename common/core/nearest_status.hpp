// What a delivery status means that its carrier's translator doesn't know: the word that carriers
// at large use for it, in whatever case; any other proves no more than that the message was taken.
// Pure.
#pragma once

#include <string_view>

#include "common/core/status.hpp"

namespace pinwire {

dlr_status nearest_status(std::string_view word);

}  // namespace pinwire
