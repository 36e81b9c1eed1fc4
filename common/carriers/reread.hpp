// Reading a report again that a listener could not read when it came: from what it kept of it,
// which is a body, the target of a request without one, or one entry of a body. Pure.
#pragma once

#include <string>

#include "common/carriers/carrier.hpp"

namespace pinwire::carriers {

// Tries the forms that it may have had, and hands back the first in which something can be read;
// else no entry, and `raw` among the unreadable. `content_type`: as the request had it; empty: not
// known.
dlr_reading read_again(
    const carrier& by, const std::string& raw, const std::string& content_type, channel
);

}  // namespace pinwire::carriers
