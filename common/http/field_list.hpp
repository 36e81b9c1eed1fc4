// A header field that may stand in several lines, which together are one list (RFC 9110, 5.3). What
// the last proxy says of a client is the end of that list, and many proxies add a line of their own
// rather than to the client's.
#pragma once

#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace pinwire::http {

// All lines of that name in their order, with commas between; empty if absent.
std::string field_list(const headers& fields, std::string_view name);

}  // namespace pinwire::http
