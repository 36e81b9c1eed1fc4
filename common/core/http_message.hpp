// An HTTP request and answer as values, for the pure translators (carriers, lookup, reports): they
// make and read these, and never see a socket. common/http carries them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pinwire {

using http_headers = std::vector<std::pair<std::string, std::string>>;

// First header of that name, compared without case; empty when absent.
std::string_view find_header(const http_headers&, std::string_view name);

struct http_request {
    std::string method = "POST";
    std::string target;  // path and query below the base URL's origin
    http_headers headers;
    std::string body;
};

struct http_response {
    unsigned status = 200;
    http_headers headers;
    std::string body;
};

}  // namespace pinwire
