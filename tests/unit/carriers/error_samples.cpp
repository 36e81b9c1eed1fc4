#include "tests/unit/carriers/error_samples.hpp"

#include <string>

namespace pinwire::carriers::samples {
namespace {

// {"messages":[{"messageId":"...","status":{"name":"..."}}]}
std::string infobip_body(std::string_view name) {
    return R"({"messages":[{"messageId":"a","status":{"name":")" + std::string(name) + R"("}}]})";
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
    if (kind == "infobip") return with(infobip_body(row.says));
    if (kind == "360nrs") return with(nrs360_body(row.says));
    if (kind == "http") return with(R"({"error":{"code":")" + std::string(row.says) + R"("}})");
    if (kind == "jasmin") return with(std::string(row.says) + "0a1b, and more\"");
    if (kind == "kannel") return with(std::string(row.says) + " and more");
    return std::nullopt;
}

}  // namespace pinwire::carriers::samples
