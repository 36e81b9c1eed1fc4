// A carrier that is wholly described in the configuration, [carriers.NAME.http]: what is asked, how
// its answers are told apart, how its reports are read, and how those that didn't come are fetched.
// Plain values, checked with the configuration (common/config/http_carrier.hpp); http.cpp works by
// them.
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

// Where the fields of one report stand: JSON pointers into its entry, or a form's or query's
// parameter names; empty: not told.
struct http_report_places {
    enum class time_kind {
        rfc3339,
        plain,
        short_form,
        unix_s,
        unix_ms
    } done_at_as = time_kind::rfc3339;
    std::string id;
    std::string reference;
    std::string to;
    std::string status;
    std::string error;
    std::string done_at;
};

struct http_dlr : http_report_places {
    enum class body_kind { json, form, query } kind = body_kind::json;
    std::string entries;  // pointer to the array; empty: the body is one entry, or the array itself
    std::vector<std::pair<std::string, dlr_status>> statuses;        // of an SMS
    std::vector<std::pair<std::string, call_status>> call_statuses;  // of a call
    unsigned ack_status = 200;
    std::string ack_content_type;
    std::string ack_body;
};

// How reports that didn't come are fetched: one message a request, whose answer is JSON. What the
// statuses mean stands in http_dlr.
struct http_pull : http_report_places {
    http_request_template request;                // nothing in it: it can't be asked
    std::vector<unsigned> statuses{200};          // of an answer that is read
    std::vector<unsigned> missing_statuses{404};  // it has no such message (any more)
    std::string entries;  // pointer to the array, or to the one entry; empty: the body is that

    http_pull() { request.method = "GET"; }
    bool empty() const { return request.empty(); }
};

struct http_description {
    http_request_template sms;
    http_request_template voice;
    http_answer answer;
    http_dlr dlr;
    http_pull pull;
};

// What a template may hold: of a send on that channel, or of a question about a message.
using placeholders = std::span<const std::string_view>;
placeholders placeholders_of(channel);
placeholders placeholders_of_pull();
std::string placeholders_text(placeholders);  // "{to}, {to_plus}, ..."

// What is wrong with a piece of a template, empty if nothing is.
std::string target_fault(std::string_view target, placeholders);
// A line "Name: value". The connection's own headers and Content-Type are refused, and {text},
// because a header can't carry every character.
std::string header_fault(std::string_view line, placeholders);
// Also what isn't JSON or a form once every value is in it.
std::string body_fault(const http_request_template&, placeholders);

}  // namespace pinwire::carriers
