#include "sim/number_lookup.hpp"

#include <nlohmann/json.hpp>

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

refusal refused(
    std::string_view kind,
    std::string outcome,
    unsigned status,
    std::string_view infobip_id,
    std::string_view nrs_id,
    std::string_view text
) {
    json_object body;
    if (kind == "infobip") {
        json_object exception;
        exception.add("messageId", infobip_id).add("text", text);
        body.add_raw("requestError", R"({"serviceException":)" + exception.take() + "}");
    } else {
        body.add("status", "error").add("error_id", nrs_id).add("error_msg", text);
    }
    return {std::move(outcome), http::response(status, "application/json", body.take())};
}

refusal malformed(std::string_view kind, std::string_view text) {
    return refused(kind, "malformed", 400, "BAD_REQUEST", "BAD_PARAMS", text);
}

refusal unauthorized(std::string_view kind) {
    return refused(kind, "unauthorized", 401, "UNAUTHORIZED", "UNAUTHORIZED", "wrong key");
}

std::string result_of(const std::string& number, lookup_outcome outcome) {
    json_object line;
    line.add("to", number);
    if (outcome != lookup_outcome::unknown_subscriber) {
        line.add("mccMnc", "21401").add("imsi", "214019999999999");
        line.add_raw("originalNetwork", network).add("ported", false);
        line.add("roaming", false).add("servingMSC", "34600");
    }
    line.add_raw("status", outcome == lookup_outcome::reachable ? delivered : not_delivered);
    std::string_view error = no_error;
    if (outcome == lookup_outcome::absent) error = absent_error;
    if (outcome == lookup_outcome::unknown_subscriber) error = unknown_error;
    line.add_raw("error", error);
    return line.take();
}

}  // namespace

bool is_lookup_path(std::string_view kind, std::string_view path) {
    return (kind == "infobip" && path == "/number/1/query") ||
           (kind == "360nrs" && (path == "/api/hlr/request" || path == "/api/3.0/hlr/request"));
}

std::variant<lookup_question, refusal> read_lookup(
    std::string_view kind, const http::request& asked, std::string_view key
) {
    if (kind == "infobip") {
        const std::string_view proof = asked.fields.get("Authorization");
        if (!proof.starts_with("App ") || proof.substr(4) != key) return unauthorized(kind);
    }
    const json body = json::parse(asked.body, nullptr, false);
    if (asked.method != "POST" || !body.is_object()) return malformed(kind, "POST a JSON object");
    lookup_question question;
    const auto take = [&](const json& number) {
        std::string text;
        if (number.is_string()) text = number.get<std::string>();
        if (number.is_number_unsigned()) text = std::to_string(number.get<std::uint64_t>());
        const auto digits = digits_of(text);
        if (digits) question.numbers.push_back(*digits);
        return digits.has_value();
    };
    if (kind != "infobip") {
        const auto api_key = body.find("api_key");
        if (api_key == body.end() || !api_key->is_string() || api_key->get<std::string>() != key)
            return unauthorized(kind);
        const auto number = body.find("msisdn");
        if (number == body.end() || !take(*number)) return malformed(kind, "msisdn");
        return question;
    }
    const auto numbers = body.find("to");
    if (numbers == body.end() || !numbers->is_array() || numbers->empty() ||
        numbers->size() > numbers_max)
        return malformed(kind, "to must be an array of numbers");
    for (const json& number : *numbers)
        if (!number.is_string() || !take(number)) return malformed(kind, "to holds no number");
    return question;
}

http::response answer_lookup(
    std::string_view kind, const lookup_question& asked, std::span<const lookup_outcome> outcomes
) {
    if (kind != "infobip") {
        // Absent is an answer that could be had; only an invalid number is none.
        const bool success = outcomes.front() != lookup_outcome::unknown_subscriber;
        json_object result;
        result.add("success", success);
        json_object body;
        body.add("status", "ok").add_raw("result", result.take());
        return http::response(200, "application/json", body.take());
    }
    std::string results = "[";
    for (std::size_t at = 0; at < asked.numbers.size(); ++at) {
        if (at > 0) results += ',';
        results += result_of(asked.numbers[at], outcomes[at]);
    }
    json_object body;
    body.add("bulkId", "sim").add_raw("results", results + "]");
    return http::response(200, "application/json", body.take());
}

std::string_view to_string(lookup_outcome outcome) {
    switch (outcome) {
        case lookup_outcome::reachable:
            return "reachable";
        case lookup_outcome::absent:
            return "absent";
        case lookup_outcome::unknown_subscriber:
            return "unknown_subscriber";
    }
    return "";
}

}  // namespace pinwire::sim
