// The bodies and queries of Infobip's calls around a PIN, as values. Each reader gives the faults;
// `into` is only meant when there are none. Pure; what is no request never throws.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/infobip/errors.hpp"
#include "api/infobip/placeholders.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/secret.hpp"

namespace pinwire::api {

// A PIN by SMS or by voice. The ids are as the caller wrote them: they may be of no known form.
struct infobip_send_request {
    std::string application;
    std::string message;
    msisdn to;
    std::string from;  // empty: the template's
    bool nc_needed = true;
    infobip_placeholders placeholders;
    secret code;  // the caller's own PIN, in upper case; empty: one is minted
};

infobip_faults read_infobip_send(
    std::string_view body, std::string_view query, bool strict, infobip_send_request& into
);

// No body, or {"placeholders":{...}}: those replace the first sending's.
infobip_faults read_infobip_resend(
    std::string_view body, std::optional<infobip_placeholders>& into
);

infobip_faults read_infobip_guess(std::string_view body, secret& into);

struct infobip_verifications_request {
    msisdn to;
    std::optional<bool> verified;  // none: both
    std::optional<bool> sent;
};

infobip_faults read_infobip_verifications(
    std::string_view query, infobip_verifications_request& into
);

}  // namespace pinwire::api
