#include "tests/unit/carriers/error_samples.hpp"

#include <string>

namespace pinwire::carriers::samples {
namespace {

// {"messages":[{"messageId":"...","status":{"name":"..."}}]}, or a whole request refused: v2's
// word or v3's code.
std::string infobip_body(const error_class& row) {
    const std::string says(row.says);
    if (row.status == 200)
        return R"({"messages":[{"messageId":"a","status":{"name":")" + says + R"("}}]})";
    if (says == "E" + std::to_string(row.status))
        return R"({"errorCode":")" + says + R"(","description":"d","action":"a"})";
    return R"({"requestError":{"serviceException":{"messageId":")" + says + R"(","text":"t"}}})";
}

// The resource that was made, whose state or, when it failed at once, whose error speaks; or the
// error of a request.
std::string twilio_body(const error_class& row) {
    const std::string says(row.says);
    const bool code = says.find_first_not_of("0123456789") == std::string::npos;
    if (row.status != 201) return R"({"code":)" + says + R"(,"message":"m","more_info":"i"})";
    return R"({"sid":"SM1","status":")" + (code ? "failed" : says) + R"(","error_code":)" +
           (code ? says : "null") + "}";
}

// Each message's status, in an answer that is 200 whatever it says.
std::string vonage_body(std::string_view says) {
    return R"({"message-count":"1","messages":[{"to":"34600000000","message-id":"0A1","status":")" +
           std::string(says) + R"("}]})";
}

// An overall "ok" with one element, which holds the error.
std::string nrs360_body(std::string_view says) {
    if (says == "ok") return R"({"status":"ok","result":[{"status":"ok","sms_id":"5f1c"}]})";
    return R"({"status":"ok","result":[{"status":"error","error_id":")" + std::string(says) +
           R"("}]})";
}

}  // namespace

std::optional<http_response> answer_saying(std::string_view kind, const error_class& row, channel) {
    const auto with = [&row](std::string body) {
        return http_response{row.status, {}, std::move(body)};
    };
    if (kind == "infobip") return with(infobip_body(row));
    if (kind == "360nrs") return with(nrs360_body(row.says));
    if (kind == "http") return with(R"({"error":{"code":")" + std::string(row.says) + R"("}})");
    if (kind == "jasmin") return with(std::string(row.says) + "0a1b, and more\"");
    if (kind == "twilio") return with(twilio_body(row));
    if (kind == "vonage") return with(vonage_body(row.says));
    if (kind == "kannel") return with(std::string(row.says) + " and more");
    return std::nullopt;
}

}  // namespace pinwire::carriers::samples
