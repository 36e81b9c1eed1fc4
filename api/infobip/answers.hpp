// What Infobip's callers are told of a placed order, a guess, a PIN's sendings and verifications,
// with the members in the order of the documents' samples. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "api/guess_pin.hpp"
#include "api/infobip/errors.hpp"
#include "api/infobip/requests.hpp"
#include "api/order.hpp"

namespace pinwire::api {

struct infobip_sent {
    pinwire::channel channel = pinwire::channel::sms;
    bool resend = false;
    bool nc_needed = true;
    msisdn to;
    pin_id pin;  // of a resend; else the placed order's
};

http::response infobip_sent_answer(const infobip_sent&, const placed_order&);

http::response infobip_guess_answer(infobip_version, const guessed&);

// /2fa/1/pin/{pinId}/status: one entry for each sending, in their order.
nlohmann::ordered_json infobip_status_json(const postgres::pin_story&);

nlohmann::ordered_json infobip_verifications_json(
    std::span<const postgres::verification> all, const infobip_verifications_request& asked
);

}  // namespace pinwire::api
