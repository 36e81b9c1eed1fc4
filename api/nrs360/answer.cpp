#include "api/nrs360/answer.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/core/guard.hpp"
#include "common/core/lookup_policy_table.hpp"

namespace pinwire::api::nrs360 {
namespace {

using nlohmann::ordered_json;

struct error_row {
    error_id id;
    std::string_view name;
    unsigned status;
    std::string_view message;
    bool names_field;  // the field's name follows the message
};

// Documents 000 to 002, DIALECTS section 1. One row for each error_id, in its order.
constexpr std::array<error_row, 14> errors{{
    {error_id::invalid_content_type,
     "INVALID_CONTENT_TYPE",
     400,
     "Invalid Content-Type; must be application/json.",
     false},
    {error_id::json_parse_error,
     "JSON_PARSE_ERROR",
     400,
     "Your JSON was formatted incorrectly.",
     false},
    {error_id::missing_params,
     "MISSING_PARAMS",
     400,
     "Your request is incomplete and missing some mandatory parameters.",
     true},
    {error_id::bad_params,
     "BAD_PARAMS",
     400,
     "One or more of your parameters has incorrect format or value.",
     true},
    {error_id::unauthorized,
     "UNAUTHORIZED",
     401,
     "Your API key may be invalid or your IP is blocked.",
     false},
    {error_id::invalid_hlr_lookup_param,
     "INVALID_HLR_LOOKUP_PARAM",
     400,
     "Invalid hlr_lookup param provided.",
     true},
    {error_id::invalid_pin_params,
     "INVALID_PIN_PARAMS",
     400,
     "Invalid pin configuration parameters provided.",
     true},
    {error_id::invalid_sms_text,
     "INVALID_SMS_TEXT",
     400,
     "The SMS text was deemed invalid. Either too long or mising the {PIN} placeholder.",
     true},
    {error_id::invalid_sender,
     "INVALID_SENDER",
     400,
     "The sender address (from parameter) was not allowed for this message.",
     true},
    {error_id::invalid_number, "INVALID_NUMBER", 200, "HLR query returned error.", false},
    {error_id::not_enough_balance,
     "NOT_ENOUGH_BALANCE",
     200,
     "Your account has no funds to process this request, add credits to your account and try "
     "again.",
     false},
    {error_id::unknown_error, "UNKNOWN_ERROR", 500, "The system threw an unknown error.", false},
    {error_id::record_not_found,
     "RECORD_NOT_FOUND",
     200,
     "No valid record found for the specified MSISDN-PIN pair.",
     false},
    {error_id::not_verified, "NOT_VERIFIED", 200, "The verification pin is invalid.", false},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < errors.size(); ++i)
        if (static_cast<std::size_t>(errors[i].id) != i) return false;
    return true;
}
static_assert(in_order());

const error_row& row_of(error_id id) {
    return errors[static_cast<std::size_t>(id)];
}

http_response json_answer(unsigned status, const ordered_json& body) {
    http_response made;
    made.status = status;
    made.headers.emplace_back("Content-Type", "application/json");
    made.body = body.dump();
    return made;
}

http_response error_answer(unsigned status, const fault& what) {
    ordered_json body;
    body["status"] = "error";
    body["error_id"] = to_string(what.id);
    body["error_msg"] = message_of(what);
    return json_answer(status, body);
}

http_response result_answer(ordered_json result) {
    ordered_json body;
    body["status"] = "ok";
    body["result"] = std::move(result);
    return json_answer(200, body);
}

bool refused_by_lookup(const placed_order& placed) {
    return placed.now && placed.now->reason == consequence_of(lookup_action::refuse).reason;
}

// It ended before anybody looked its number up: too old when a worker came to it.
bool never_looked_up(const placed_order& placed) {
    return placed.now && placed.now->final && !placed.now->nc_status;
}

// What a worker's guard refused; caps are told as such before.
std::optional<error_id> refused_by_guard(const placed_order& placed) {
    const auto why = placed.now ? parse_refusal(placed.now->reason) : std::nullopt;
    if (!why) return std::nullopt;
    return *why == refusal::account_suspended ? error_id::unauthorized : error_id::invalid_number;
}

http_response taken_answer(const placed_order& placed, lookup_policy asked) {
    if (asked != lookup_policy::skip) {
        if (const auto error = refused_by_guard(placed)) return answer_of(fault{*error, {}});
        if (refused_by_lookup(placed)) return answer_of(fault{error_id::invalid_number, {}});
        if (never_looked_up(placed)) return answer_of(fault{error_id::unknown_error, {}});
    }
    ordered_json body;
    body["status"] = "ok";
    return json_answer(200, body);
}

}  // namespace

std::string_view to_string(error_id id) {
    return row_of(id).name;
}

unsigned http_status_of(error_id id) {
    return row_of(id).status;
}

std::string message_of(const fault& what) {
    if (what.id == error_id::invalid_number && !what.field.empty())
        return "The number must be in MSISDN format.";
    const auto& row = row_of(what.id);
    std::string message(row.message);
    if (row.names_field && !what.field.empty()) message.append(" ").append(what.field);
    return message;
}

http_response answer_of(const fault& what) {
    return error_answer(http_status_of(what.id), what);
}

http_response busy_answer(std::chrono::milliseconds retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after);
    auto made = error_answer(429, fault{error_id::unknown_error, {}});
    made.headers.emplace_back(
        "Retry-After", std::to_string(std::max(seconds, std::chrono::seconds(1)).count())
    );
    return made;
}

http_response wrong_method_answer() {
    auto made = error_answer(405, fault{error_id::bad_params, "method"});
    made.headers.emplace_back("Allow", "POST, GET");
    return made;
}

http_response answer_of(const placed_order& placed, lookup_policy asked) {
    using kind = placed_order::kind;
    switch (placed.what) {
        case kind::taken:
            return taken_answer(placed, asked);
        case kind::limited:
            return busy_answer(placed.retry_after);
        case kind::no_credit:
            return answer_of(fault{error_id::not_enough_balance, {}});
        case kind::key_reused:
            return answer_of(fault{error_id::bad_params, "Idempotency-Key"});
        case kind::cancelled:
        case kind::unavailable:
        case kind::uncertain:
            break;
    }
    return answer_of(fault{error_id::unknown_error, {}});
}

http_response answer_of(const postgres::guess_answer& guessed) {
    using kind = postgres::guess_answer::kind;
    ordered_json result;
    switch (guessed.what) {
        case kind::right:
            result["verified"] = true;
            result["previously_verified"] = guessed.verified_before;
            result["message"] = "PIN code verified.";
            return result_answer(std::move(result));
        case kind::wrong:
            result["verified"] = false;
            if (guessed.tries_left) result["tries_remaining"] = *guessed.tries_left;
            result["message"] = "Invalid PIN code.";
            return result_answer(std::move(result));
        case kind::expired:
        case kind::used_up:
            return answer_of(fault{error_id::not_verified, {}});
        case kind::gone:
            return answer_of(fault{error_id::record_not_found, {}});
        case kind::limited:
            return busy_answer(guessed.retry_after);
        case kind::newer:
            break;
    }
    return answer_of(fault{error_id::unknown_error, {}});
}

}  // namespace pinwire::api::nrs360
