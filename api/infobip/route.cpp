#include "api/infobip/route.hpp"

#include <vector>

#include "common/core/text.hpp"

namespace pinwire::api {
namespace {

constexpr std::string_view v1_prefix = "/2fa/1/";
constexpr std::string_view v2_prefix = "/2fa/2/";
constexpr std::size_t parts_max = 4;

// Empty when there are too many, or one that can be neither a word of ours nor an id.
std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    // the vendor's client for JavaScript writes one slash between path and query
    if (path.ends_with('/')) path.remove_suffix(1);
    while (true) {
        const auto slash = path.find('/');
        const auto part = path.substr(0, slash);
        if (parts.size() == parts_max || !is_identifier(part)) return {};
        parts.push_back(part);
        if (slash == std::string_view::npos) return parts;
        path.remove_prefix(slash + 1);
    }
}

infobip_endpoint below_applications(const std::vector<std::string_view>& parts) {
    switch (parts.size()) {
        case 1:
            return infobip_endpoint::applications;
        case 2:
            return infobip_endpoint::application;
        case 3:
            if (parts[2] == "messages") return infobip_endpoint::messages;
            if (parts[2] == "verifications") return infobip_endpoint::verifications;
            break;
        case 4:
            if (parts[2] == "messages") return infobip_endpoint::message;
            break;
    }
    return infobip_endpoint::none;
}

infobip_endpoint below_pin(const std::vector<std::string_view>& parts, infobip_version version) {
    switch (parts.size()) {
        case 1:
            return infobip_endpoint::send;
        case 2:
            if (parts[1] == "voice") return infobip_endpoint::send_voice;
            break;
        case 3:
            if (parts[2] == "resend") return infobip_endpoint::resend;
            if (parts[2] == "verify") return infobip_endpoint::verify;
            if (parts[2] == "status" && version == infobip_version::v1)
                return infobip_endpoint::status;
            break;
        case 4:
            if (parts[2] == "resend" && parts[3] == "voice") return infobip_endpoint::resend_voice;
            break;
    }
    return infobip_endpoint::none;
}

}  // namespace

bool is_infobip_path(std::string_view path) {
    return path.starts_with(v1_prefix) || path.starts_with(v2_prefix);
}

infobip_route infobip_route_of(std::string_view path) {
    infobip_route route;
    if (path.starts_with(v1_prefix)) route.version = infobip_version::v1;
    const auto parts = is_infobip_path(path) ? parts_of(path.substr(v1_prefix.size()))
                                             : std::vector<std::string_view>();
    if (parts.empty()) return route;
    if (parts[0] == "applications")
        route.endpoint = below_applications(parts);
    else if (parts[0] == "pin")
        route.endpoint = below_pin(parts, route.version);
    if (parts.size() > 1) route.id = parts[1];
    if (parts.size() > 3) route.other_id = parts[3];
    return route;
}

std::string_view methods_of(infobip_endpoint endpoint) {
    switch (endpoint) {
        case infobip_endpoint::applications:
        case infobip_endpoint::messages:
            return "GET, POST";
        case infobip_endpoint::application:
        case infobip_endpoint::message:
            return "GET, PUT";
        case infobip_endpoint::verifications:
        case infobip_endpoint::status:
            return "GET";
        case infobip_endpoint::none:
            return {};
        default:
            return "POST";
    }
}

bool allows(infobip_endpoint endpoint, std::string_view method) {
    auto methods = methods_of(endpoint);
    while (!methods.empty()) {
        const auto comma = methods.find(", ");
        if (methods.substr(0, comma) == method) return true;
        if (comma == std::string_view::npos) return false;
        methods.remove_prefix(comma + 2);
    }
    return false;
}

}  // namespace pinwire::api
