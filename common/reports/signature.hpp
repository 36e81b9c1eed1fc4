// Standard Webhooks 1.0 headers: webhook-id, webhook-timestamp, webhook-signature (`v1,` and base64
// of HMAC-SHA256 over id.timestamp.body, one for each live secret, space-separated). The body stays
// as the dialect has it.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "common/core/http_message.hpp"
#include "common/core/ids.hpp"
#include "common/core/secret.hpp"

namespace pinwire::reports {

// A secret as written in its file: whsec_ and base64 of 24 to 64 bytes. Throws std::runtime_error
// naming the rule.
secret parse_webhook_secret(std::string_view text);

http_headers sign(
    std::string_view webhook_id,
    std::chrono::system_clock::time_point now,
    std::string_view body,
    std::span<const secret> live
);

// One report: its own id. Several: derived from the members, the same for the same members in the
// same order.
std::string webhook_id(std::span<const report_id> members);

}  // namespace pinwire::reports
