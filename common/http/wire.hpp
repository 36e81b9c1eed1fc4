// Messages to bytes. Appends to a string that the connection uses again and again. Internal to
// common/http.
#pragma once

#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace pinwire::http {

// False, and nothing of use in `out`, if a part of the message could not be sent as it is (CR, LF,
// NUL, …). Host, Content-Length, Connection and Expect are written here.
bool write_request(
    std::string& out, const request& what, std::string_view host_field, std::string_view user_agent
);

// `head`: the answer to a HEAD request has the length of the body but not the body.
bool write_response(std::string& out, const response& what, bool head, bool close);

std::string_view reason_of(unsigned status);

}  // namespace pinwire::http
