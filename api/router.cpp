#include "api/router.hpp"

#include <algorithm>
#include <array>

#include "common/core/hex.hpp"

namespace pinwire::api {
namespace {

constexpr std::string_view other = "other";
constexpr std::string_view any_id = "{id}";

constexpr std::array<std::string_view, 30> patterns = {
    "/api/2fa/request",
    "/api/2fa/verify",
    "/api/3.0/2fa/request",
    "/api/3.0/2fa/verify",
    "/2fa/1/applications",
    "/2fa/2/applications",
    "/2fa/1/applications/{id}",
    "/2fa/2/applications/{id}",
    "/2fa/1/applications/{id}/messages",
    "/2fa/2/applications/{id}/messages",
    "/2fa/1/applications/{id}/messages/{id}",
    "/2fa/2/applications/{id}/messages/{id}",
    "/2fa/1/applications/{id}/verifications",
    "/2fa/2/applications/{id}/verifications",
    "/2fa/1/pin",
    "/2fa/2/pin",
    "/2fa/1/pin/voice",
    "/2fa/2/pin/voice",
    "/2fa/1/pin/{id}/resend",
    "/2fa/2/pin/{id}/resend",
    "/2fa/1/pin/{id}/resend/voice",
    "/2fa/2/pin/{id}/resend/voice",
    "/2fa/1/pin/{id}/verify",
    "/2fa/2/pin/{id}/verify",
    "/2fa/1/pin/{id}/status",
    "/2fa/2/pin/{id}/status",
    "/pinwire/1/pins",
    "/pinwire/1/pins/{id}",
    "/pinwire/1/test-report",
    "/openapi.json"};

constexpr std::array<std::string_view, 9> methods = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"};

std::string_view next_segment(std::string_view& rest) {
    const auto slash = rest.find('/');
    const auto segment = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    return segment;
}

bool fits(std::string_view pattern, std::string_view path) {
    while (!pattern.empty() || !path.empty()) {
        const auto wanted = next_segment(pattern);
        const auto given = next_segment(path);
        if (given.empty() != wanted.empty()) return false;
        if (wanted != any_id && wanted != given) return false;
    }
    return true;
}

bool is_our_id(std::string_view text) {
    return text.size() == 32 && std::ranges::all_of(text, [](char c) { return hex_value(c) >= 0; });
}

}  // namespace

dialect_side* router::side_for(std::string_view method, std::string_view path) const {
    for (const auto& one : sides_) {
        if (one->serves(method, path)) return one.get();
    }
    return nullptr;
}

std::string_view endpoint_of(std::string_view path) {
    if (!path.starts_with('/')) return other;
    for (const auto pattern : patterns) {
        if (fits(pattern.substr(1), path.substr(1))) return pattern;
    }
    return other;
}

std::string_view loggable_method(std::string_view method) {
    const auto* found = std::ranges::find(methods, method);
    return found == methods.end() ? other : *found;
}

std::string loggable(std::string_view path) {
    auto pattern = endpoint_of(path);
    if (pattern == other) return std::string(other);
    std::string made;
    pattern.remove_prefix(1);
    path.remove_prefix(1);
    while (!pattern.empty()) {
        const auto wanted = next_segment(pattern);
        const auto given = next_segment(path);
        made += '/';
        made += wanted == any_id && is_our_id(given) ? given : wanted;
    }
    return made;
}

}  // namespace pinwire::api
