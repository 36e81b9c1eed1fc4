// From an Infobip request to an order: the PIN's parameters of application and template, the text
// with its placeholders filled, and what a later resend of the same PIN needs. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "api/infobip/requests.hpp"
#include "api/order.hpp"
#include "common/postgres/guesses.hpp"
#include "common/postgres/templates.hpp"

namespace pinwire::api {

// What every sending of a PIN has in common, as it was at the first one: whatever became of the
// template since, a resend says the same.
struct infobip_repeat {
    std::string text;  // the template's, not filled
    infobip_placeholders placeholders;
    std::string from;  // empty: the account's or the route's
    bool nc_needed = true;
    voice_options voice;
    india_dlt dlt;
};

std::string infobip_repeat_text(const infobip_repeat&);
// Throws std::runtime_error for what the function above didn't write.
infobip_repeat parse_infobip_repeat(std::string_view text);

infobip_repeat
infobip_first_sending(const postgres::message_template&, const infobip_send_request&);

// Of a new PIN. A caller's own code says its type and length itself. In the strict profile a
// template or application from before it is lifted to its bounds.
pin_parameters infobip_pin_parameters(
    const postgres::application&,
    const postgres::message_template&,
    const secret& own_code,
    bool strict
);

// Everything but the PIN: its parameters for a new one, its id for a resend.
order infobip_order(
    const account_name&,
    const postgres::application&,
    const infobip_repeat&,
    std::string text,
    pinwire::channel,
    const msisdn& to,
    std::chrono::system_clock::time_point now
);

// Why this PIN can't be sent again; empty: it can.
std::string_view infobip_resend_refusal(
    const postgres::pin_story&, std::chrono::system_clock::time_point now
);

}  // namespace pinwire::api
