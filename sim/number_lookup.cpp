#include "sim/number_lookup.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "common/core/base64.hpp"
#include "common/core/form.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "sim/json_text.hpp"

namespace pinwire::sim {

namespace {

using json = nlohmann::json;
constexpr std::size_t numbers_max = 1000;

constexpr std::string_view delivered =
    R"({"groupId":3,"groupName":"DELIVERED","id":5,"name":"DELIVERED_TO_HANDSET",)"
    R"("description":"Message delivered to handset"})";
constexpr std::string_view not_delivered =
    R"({"groupId":2,"groupName":"UNDELIVERABLE","id":9,"name":"UNDELIVERABLE_NOT_DELIVERED",)"
    R"("description":"Message sent not delivered"})";
constexpr std::string_view no_error =
    R"({"groupId":0,"groupName":"OK","id":0,"name":"NO_ERROR","description":"No Error",)"
    R"("permanent":false})";
constexpr std::string_view absent_error =
    R"({"groupId":1,"groupName":"HANDSET_ERRORS","id":27,"name":"EC_ABSENT_SUBSCRIBER",)"
    R"("description":"Absent Subscriber","permanent":false})";
constexpr std::string_view unknown_error =
    R"({"groupId":1,"groupName":"HANDSET_ERRORS","id":1,"name":"EC_UNKNOWN_SUBSCRIBER",)"
    R"("description":"Unknown Subscriber","permanent":true})";
constexpr std::string_view network =
    R"({"networkName":"Simulated","networkPrefix":"600","countryName":"Nowhere",)"
    R"("countryPrefix":"34","networkId":1})";

constexpr std::string_view hlr_endpoint = "/hlr-lookup";
constexpr std::string_view twilio_numbers = "/v2/PhoneNumbers/";

using question_or_refusal = std::variant<lookup_question, refusal>;

// What a provider says when it refuses a whole request: an id of its own and a sentence.
struct reason {
    std::string_view outcome;  // for the counters
    unsigned status;
    std::string_view infobip_id;
    std::string_view nrs_id;
    std::uint64_t code;  // hlr_lookups' and twilio's
    std::string_view text;
};

constexpr reason unauthorized{
    "unauthorized", 401, "UNAUTHORIZED", "UNAUTHORIZED", 20003, "wrong key"};

constexpr reason malformed(std::string_view text) {
    return {"malformed", 400, "BAD_REQUEST", "BAD_PARAMS", 20001, text};
}

std::string refusal_body(std::string_view kind, const reason& why) {
    json_object body;
    if (kind == "infobip") {
        json_object exception;
        exception.add("messageId", why.infobip_id).add("text", why.text);
        body.add_raw("requestError", R"({"serviceException":)" + exception.take() + "}");
    } else if (kind == "360nrs") {
        body.add("status", "error").add("error_id", why.nrs_id).add("error_msg", why.text);
    } else if (kind == "hlr_lookups") {
        json_object error;
        error.add("code", why.code).add("message", why.text);
        body.add("success", false).add_raw("errors", "[" + error.take() + "]");
    } else {
        body.add("code", why.code).add("message", why.text);
        body.add("status", std::uint64_t{why.status});
    }
    return body.take();
}

refusal refused(std::string_view kind, const reason& why) {
    auto body = refusal_body(kind, why);
    return {
        std::string(why.outcome), http::response(why.status, "application/json", std::move(body))};
}

bool take(const json& number, lookup_question& into) {
    std::string text;
    if (number.is_string()) text = number.get<std::string>();
    if (number.is_number_unsigned()) text = std::to_string(number.get<std::uint64_t>());
    const auto digits = digits_of(text);
    if (digits) into.numbers.push_back(*digits);
    return digits.has_value();
}

json posted_object(const http::request& asked) {
    json body = json::parse(asked.body, nullptr, false);
    return asked.method == "POST" && body.is_object() ? body : json();
}

question_or_refusal read_infobip(const http::request& asked, std::string_view key) {
    const std::string_view proof = asked.fields.get("Authorization");
    if (!proof.starts_with("App ") || proof.substr(4) != key)
        return refused("infobip", unauthorized);
    const json body = posted_object(asked);
    const auto wrong = refused("infobip", malformed("to must be an array of numbers"));
    if (!body.is_object() || !body.contains("to")) return wrong;
    const json& numbers = body.at("to");
    if (!numbers.is_array() || numbers.empty() || numbers.size() > numbers_max) return wrong;
    lookup_question question;
    for (const json& number : numbers)
        if (!number.is_string() || !take(number, question)) return wrong;
    return question;
}

question_or_refusal read_nrs360(const http::request& asked, std::string_view key) {
    const json body = posted_object(asked);
    if (!body.is_object()) return refused("360nrs", malformed("POST a JSON object"));
    const auto given = body.find("api_key");
    if (given == body.end() || !given->is_string() || given->get<std::string>() != key)
        return refused("360nrs", unauthorized);
    lookup_question question;
    if (!body.contains("msisdn") || !take(body.at("msisdn"), question))
        return refused("360nrs", malformed("msisdn"));
    return question;
}

// Signed over the endpoint (counted from /api/v2), the time, the method and the body; the
// simulator's key is both the key and the secret.
question_or_refusal read_hlr_lookups(const http::request& asked, std::string_view key) {
    const std::string signed_text = std::string(hlr_endpoint) +
                                    std::string(asked.fields.get("X-Digest-Timestamp")) +
                                    asked.method + asked.body;
    const auto expected = hex_encode(hmac_sha256(key, signed_text));
    const bool in_time = !asked.fields.get("X-Digest-Timestamp").empty();
    if (asked.fields.get("X-Digest-Key") != key || !in_time ||
        asked.fields.get("X-Digest-Signature") != expected)
        return refused("hlr_lookups", unauthorized);
    const json body = posted_object(asked);
    lookup_question question;
    if (!body.is_object() || !body.contains("msisdn") || !take(body.at("msisdn"), question))
        return refused("hlr_lookups", malformed("msisdn"));
    return question;
}

// Any account, the simulator's key as its token.
question_or_refusal read_twilio(
    const http::request& asked, std::string_view path, std::string_view key
) {
    const std::string_view proof = asked.fields.get("Authorization");
    const auto both = proof.starts_with("Basic ") ? base64_decode(proof.substr(6)) : std::nullopt;
    const auto colon = both ? both->find(':') : std::string::npos;
    if (colon == std::string::npos || both->substr(colon + 1) != key)
        return refused("twilio", unauthorized);
    const auto number = percent_decode(path.substr(twilio_numbers.size()));
    const auto fields = form::parse(query_of(asked.target));
    const auto* wanted = fields ? fields->find("Fields") : nullptr;
    lookup_question question;
    if (asked.method != "GET" || !wanted || *wanted != "line_type_intelligence" || !number ||
        !take(json(*number), question))
        return refused("twilio", malformed("GET a number with Fields=line_type_intelligence"));
    return question;
}

std::string infobip_result(const std::string& number, lookup_outcome outcome) {
    json_object line;
    line.add("to", number);
    const bool nobody =
        outcome == lookup_outcome::unknown_subscriber || outcome == lookup_outcome::landline;
    if (!nobody) {
        line.add("mccMnc", "21401").add("imsi", "214019999999999");
        line.add_raw("originalNetwork", network).add("ported", false);
        line.add("roaming", false).add("servingMSC", "34600");
    }
    line.add_raw("status", outcome == lookup_outcome::reachable ? delivered : not_delivered);
    std::string_view error = no_error;
    if (outcome == lookup_outcome::absent) error = absent_error;
    if (nobody) error = unknown_error;
    line.add_raw("error", error);
    return line.take();
}

std::string infobip_answer(const lookup_question& asked, std::span<const lookup_outcome> outcomes) {
    std::string results = "[";
    for (std::size_t at = 0; at < asked.numbers.size(); ++at) {
        if (at > 0) results += ',';
        results += infobip_result(asked.numbers[at], outcomes[at]);
    }
    json_object body;
    body.add("bulkId", "sim").add_raw("results", results + "]");
    return body.take();
}

// Absent is an answer that could be had; only a number that is no subscriber's is none.
std::string nrs360_answer(lookup_outcome outcome) {
    const bool success = outcome == lookup_outcome::reachable || outcome == lookup_outcome::absent;
    json_object result;
    result.add("success", success);
    json_object body;
    body.add("status", "ok").add_raw("result", result.take());
    return body.take();
}

std::string hlr_lookups_answer(const std::string& number, lookup_outcome outcome) {
    std::string_view said = "INVALID_MSISDN";
    if (outcome == lookup_outcome::reachable) said = "CONNECTED";
    if (outcome == lookup_outcome::absent) said = "ABSENT";
    json_object body;
    body.add("id", "5109").add("msisdn", "+" + number).add("connectivity_status", said);
    if (said != "INVALID_MSISDN") body.add("mccmnc", "21401").add("imsi", "214019999999999");
    body.add("is_ported", false).add("is_roaming", false).add("cost", "0.0100");
    body.add("processing_status", "COMPLETED").add_raw("error_code", "null");
    body.add("data_source", "LIVE_HLR");
    return body.take();
}

// Knows what a line is, never whether somebody is there.
std::string twilio_answer(const std::string& number, lookup_outcome outcome) {
    const bool valid = outcome != lookup_outcome::unknown_subscriber;
    json_object line;
    line.add("type", outcome == lookup_outcome::landline ? "landline" : "mobile");
    line.add("mobile_country_code", "214").add("mobile_network_code", "01");
    line.add_raw("error_code", "null");
    json_object body;
    body.add("phone_number", "+" + number).add("valid", valid);
    body.add_raw("validation_errors", valid ? "null" : R"(["INVALID_BUT_POSSIBLE"])");
    body.add_raw("line_type_intelligence", valid ? line.take() : "null");
    return body.take();
}

}  // namespace

bool is_lookup_kind(std::string_view kind) {
    constexpr auto kinds =
        std::to_array<std::string_view>({"360nrs", "hlr_lookups", "infobip", "twilio"});
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool is_lookup_path(std::string_view kind, std::string_view path) {
    if (kind == "infobip") return path == "/number/1/query";
    if (kind == "360nrs") return path == "/api/hlr/request" || path == "/api/3.0/hlr/request";
    if (kind == "hlr_lookups") return path == "/api/v2/hlr-lookup";
    return kind == "twilio" && path.starts_with(twilio_numbers);
}

std::variant<lookup_question, refusal> read_lookup(
    std::string_view kind, const http::request& asked, std::string_view path, std::string_view key
) {
    if (kind == "infobip") return read_infobip(asked, key);
    if (kind == "hlr_lookups") return read_hlr_lookups(asked, key);
    if (kind == "twilio") return read_twilio(asked, path, key);
    return read_nrs360(asked, key);
}

http::response answer_lookup(
    std::string_view kind, const lookup_question& asked, std::span<const lookup_outcome> outcomes
) {
    std::string body;
    if (kind == "infobip")
        body = infobip_answer(asked, outcomes);
    else if (kind == "hlr_lookups")
        body = hlr_lookups_answer(asked.numbers.front(), outcomes.front());
    else if (kind == "twilio")
        body = twilio_answer(asked.numbers.front(), outcomes.front());
    else
        body = nrs360_answer(outcomes.front());
    return http::response(200, "application/json", std::move(body));
}

http::response lookup_status(std::string_view kind, unsigned status) {
    if (status == 200) return http::response(200, "application/json", "{}");
    const reason why{"", status, "GENERAL_ERROR", "UNKNOWN_ERROR", status, "as told"};
    return http::response(status, "application/json", refusal_body(kind, why));
}

std::string_view to_string(lookup_outcome outcome) {
    switch (outcome) {
        case lookup_outcome::reachable:
            return "reachable";
        case lookup_outcome::absent:
            return "absent";
        case lookup_outcome::unknown_subscriber:
            return "unknown_subscriber";
        case lookup_outcome::landline:
            return "landline";
    }
    return "";
}

}  // namespace pinwire::sim
