// What the Infobip dialect says when something is wrong: requestError.serviceException with a
// messageId, a text and, for a bad request, the fields that are meant. The texts are the vendor's
// published ones. Pure values.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/message.hpp"

namespace pinwire::api {

// Of the path: /2fa/1/... or /2fa/2/...; one store behind both.
enum class infobip_version { v1, v2 };

// What is wrong with a request: validationErrors, in the order in which it was found.
class infobip_faults {
public:
    void add(std::string_view field, std::string_view rule);
    bool empty() const { return fields_.empty(); }
    const auto& all() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::vector<std::string>>> fields_;
};

// What wasn't found; /1 says so in its text.
enum class infobip_missing { path, application_or_message, pin };

http::response infobip_answer(const nlohmann::ordered_json& body);  // 200

http::response infobip_bad_request(const infobip_faults&);
http::response infobip_bad_request(std::string_view field, std::string_view rule);
http::response infobip_unauthorized();
http::response infobip_forbidden(std::string_view text = "Forbidden");
http::response infobip_not_found(infobip_version, infobip_missing);
http::response infobip_wrong_method(std::string_view allowed);  // "GET, POST"
// Retry-After in whole seconds, rounded up, at least 1.
http::response infobip_too_many_requests(std::chrono::milliseconds retry_after);
http::response infobip_general_error();

}  // namespace pinwire::api
