// Messages to bytes. Appends to a string that the connection uses again and again. Internal to
// common/http.
#pragma once

#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace pinwire::http {

// What a proxy needs to hear besides.
struct proxy_words {
    std::string origin;         // "http://host:port", before the target
    std::string authorization;  // empty: none
};

// False, and nothing of use in `out`, if a part of the message could not be sent as it is (CR, LF,
// NUL, …). Host, Content-Length, Connection and Expect are written here.
bool write_request(
    std::string& out,
    const request& what,
    std::string_view host_field,
    std::string_view user_agent,
    const proxy_words* through = nullptr
);

// Asks a proxy for a way to `authority`, "host:port".
std::string connect_request(std::string_view authority, std::string_view authorization);
// The status of its answer, all of which is here; 0: that is none.
unsigned connect_status(std::string_view head);

// `head`: the answer to a HEAD request has the length of the body but not the body.
bool write_response(std::string& out, const response& what, bool head, bool close);

std::string_view reason_of(unsigned status);

}  // namespace pinwire::http
