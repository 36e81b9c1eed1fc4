// HTTP messages as plain values, for client and server alike. Content-Length, Connection, Host and
// Expect are written by client and server themselves: what a caller sets for the first two is
// ignored, Host may be set. A name or value with CR, LF or NUL makes the whole message unsendable
// (never an injection).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/http_message.hpp"

namespace pinwire::http {

// In order; names compare without case.
class headers {
public:
    using field = std::pair<std::string, std::string>;

    headers() = default;
    explicit headers(http_headers fields) : fields_(std::move(fields)) {}
    http_headers take() && { return std::move(fields_); }

    void add(std::string name, std::string value);
    void set(std::string_view name, std::string value);    // replaces all of that name
    const std::string* find(std::string_view name) const;  // first of that name, or null
    std::string_view get(std::string_view name) const;     // empty if absent
    std::size_t count(std::string_view name) const;

    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }
    std::size_t size() const { return fields_.size(); }
    bool empty() const { return fields_.empty(); }
    void clear() { fields_.clear(); }
    void reserve(std::size_t n) { fields_.reserve(n); }

private:
    std::vector<field> fields_;
};

struct request {
    request() = default;
    request(std::string verb, std::string where)
        : method(std::move(verb)), target(std::move(where)) {}
    explicit request(http_request from);  // what a translator made

    std::string method = "GET";
    std::string target = "/";  // path and query
    headers fields;
    std::string body;
};

// How the server ends its turn; anything but normal is for the simulator and for tests.
enum class fate {
    normal,
    reset,                 // RST instead of an answer
    close_without_answer,  // FIN instead of an answer
    hang,                  // no answer until the peer leaves, the server stops or hang_max is over
    cut,                   // the first `cut_after` bytes of the answer, then FIN
};

struct response {
    response() = default;
    explicit response(unsigned code) : status(code) {}
    response(unsigned code, std::string content_type, std::string text);
    explicit response(http_response from);

    unsigned status = 0;
    headers fields;
    std::string body;

    // Server side only.
    bool close = false;  // end the connection after this answer
    fate how = fate::normal;
    std::size_t cut_after = 0;
};

// For the translators, which know only core's types.
http_request to_core(request from);
http_response to_core(response from);

bool equal_no_case(std::string_view left, std::string_view right);

}  // namespace pinwire::http
