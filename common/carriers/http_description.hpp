// A carrier that is wholly described in the configuration, [carriers.NAME.http]: what is asked, how
// its answers are told apart, and how its reports are read. Plain values, checked with the
// configuration (common/config/http_carrier.hpp); http.cpp works by them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/carriers/verdict.hpp"
#include "common/core/job.hpp"
#include "common/core/status.hpp"

namespace pinwire::carriers {

// One request, of an SMS or of a call; nothing in it: the carrier doesn't do that channel.
struct http_request_template {
    enum class body_kind {
        json,
        form,
        xml,
        text
    } kind = body_kind::json;  // how values are escaped
    std::string method = "POST";
    std::string target;                // below base_url, with its slash; values percent-encoded
    std::vector<std::string> headers;  // "Name: value"
    std::string content_type;          // empty: the body's own
    std::string body;

    bool empty() const { return target.empty() && body.empty(); }
};

// What one value means to a send.
struct http_error {
    std::string value;
    carriers::verdict verdict = verdict::in_doubt;
    bool duplicate = false;  // with sent: proof of an earlier acceptance
};

struct http_answer {
    enum class body_kind { json, text } kind = body_kind::json;
    std::vector<unsigned> statuses{200, 201, 202};  // of success
    std::string success_pointer;                    // json: what must stand there
    std::vector<std::string> success_values;        // one of these; empty: anything but null
    std::string success_prefix;                     // text: what the body begins with
    std::string id_pointer;                         // json
    std::string id_after;                           // text: the word behind this
    std::string error_pointer;                      // json; in a text the beginning is compared
    std::vector<http_error> errors;                 // by that value
    std::vector<http_error> error_statuses;         // by HTTP status, where no value speaks
};

// Fields are JSON pointers into one entry, or a form's or query's parameter names; empty: not told.
struct http_dlr {
    enum class body_kind { json, form, query } kind = body_kind::json;
    enum class time_kind {
        rfc3339,
        plain,
        short_form,
        unix_s,
        unix_ms
    } done_at_as = time_kind::rfc3339;
    std::string entries;  // pointer to the array; empty: the body is one entry, or the array itself
    std::string id;
    std::string reference;
    std::string to;
    std::string status;
    std::string error;
    std::string done_at;
    std::vector<std::pair<std::string, dlr_status>> statuses;        // of an SMS
    std::vector<std::pair<std::string, call_status>> call_statuses;  // of a call
    unsigned ack_status = 200;
    std::string ack_content_type;
    std::string ack_body;
};

struct http_description {
    http_request_template sms;
    http_request_template voice;
    http_answer answer;
    http_dlr dlr;
};

// What a template may hold.
std::span<const std::string_view> placeholders_of(channel);
std::string placeholders_text(channel);  // "{to}, {to_plus}, ..."

// What is wrong with a piece of a template, empty if nothing is.
std::string target_fault(std::string_view target, channel);
// A line "Name: value". The connection's own headers and Content-Type are refused, and {text},
// because a header can't carry every character.
std::string header_fault(std::string_view line, channel);
// Also what isn't JSON or a form once every value is in it.
std::string body_fault(const http_request_template&, channel);

}  // namespace pinwire::carriers
