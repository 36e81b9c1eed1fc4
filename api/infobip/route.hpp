// Which call of the Infobip dialect a path means, with the ids that stand in it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "api/infobip/errors.hpp"

namespace pinwire::api {

enum class infobip_endpoint {
    none,
    applications,   // /applications
    application,    // /applications/{id}
    messages,       // /applications/{id}/messages
    message,        // /applications/{id}/messages/{other_id}
    verifications,  // /applications/{id}/verifications
    send,           // /pin
    send_voice,     // /pin/voice
    resend,         // /pin/{id}/resend
    resend_voice,   // /pin/{id}/resend/voice
    verify,         // /pin/{id}/verify
    status          // /pin/{id}/status, on /1 only
};

struct infobip_route {
    infobip_version version = infobip_version::v2;
    infobip_endpoint endpoint = infobip_endpoint::none;
    std::string id;        // of the application or PIN; 1 to 64 of [A-Za-z0-9._-]
    std::string other_id;  // of the message
};

// Below /2fa/1/ or /2fa/2/, whatever follows.
bool is_infobip_path(std::string_view path);
infobip_route infobip_route_of(std::string_view path);
// What Allow says; one method or two.
std::string_view methods_of(infobip_endpoint);
bool allows(infobip_endpoint, std::string_view method);

}  // namespace pinwire::api
