#include "api/infobip/errors.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pinwire::api {
namespace {

using nlohmann::ordered_json;

constexpr const char* content_type = "application/json";

http::response refusal(
    unsigned status,
    std::string_view message_id,
    std::string_view text,
    const infobip_faults& faults = infobip_faults()
) {
    ordered_json why = ordered_json::object();
    why["messageId"] = message_id;
    why["text"] = text;
    if (!faults.empty()) {
        ordered_json fields = ordered_json::object();
        for (const auto& [field, rules] : faults.all())
            fields[field] = rules;
        why["validationErrors"] = std::move(fields);
    }
    ordered_json body = ordered_json::object();
    body["requestError"]["serviceException"] = std::move(why);
    return http::response(status, content_type, body.dump());
}

std::string_view missing_on_v1(infobip_missing what) {
    switch (what) {
        case infobip_missing::application_or_message:
            return "Application or message with given ID cannot be found.";
        case infobip_missing::pin:
            return "PIN with given ID cannot be found.";
        case infobip_missing::path:
            break;
    }
    return "Not found";
}

}  // namespace

void infobip_faults::add(std::string_view field, std::string_view rule) {
    const auto known =
        std::ranges::find_if(fields_, [&](const auto& entry) { return entry.first == field; });
    if (known != fields_.end()) {
        known->second.emplace_back(rule);
        return;
    }
    std::vector<std::string> rules;
    rules.emplace_back(rule);
    fields_.emplace_back(std::string(field), std::move(rules));
}

http::response infobip_answer(const ordered_json& body) {
    return http::response(200, content_type, body.dump());
}

http::response infobip_bad_request(const infobip_faults& faults) {
    return refusal(400, "BAD_REQUEST", "Bad request", faults);
}

http::response infobip_bad_request(std::string_view field, std::string_view rule) {
    infobip_faults faults;
    faults.add(field, rule);
    return infobip_bad_request(faults);
}

http::response infobip_unauthorized() {
    return refusal(401, "UNAUTHORIZED", "Unauthorized");
}

http::response infobip_forbidden(std::string_view text) {
    return refusal(403, "FORBIDDEN", text);
}

http::response infobip_not_found(infobip_version version, infobip_missing what) {
    if (version == infobip_version::v1)
        return refusal(404, "RESOURCE_NOT_FOUND", missing_on_v1(what));
    return refusal(404, "NOT_FOUND", "Not found");
}

http::response infobip_wrong_method(std::string_view allowed) {
    auto answer = refusal(405, "METHOD_NOT_ALLOWED", "Method not allowed");
    answer.fields.add("Allow", std::string(allowed));
    return answer;
}

http::response infobip_too_many_requests(std::chrono::milliseconds retry_after) {
    auto answer = refusal(429, "TOO_MANY_REQUESTS", "Too many requests");
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
    answer.fields.add("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
    return answer;
}

http::response infobip_general_error() {
    return refusal(500, "GENERAL_ERROR", "Something went wrong. Please contact support.");
}

}  // namespace pinwire::api
