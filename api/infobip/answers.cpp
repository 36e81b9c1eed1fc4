#include "api/infobip/answers.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "common/core/unix_time.hpp"

namespace pinwire::api {
namespace {

using nlohmann::ordered_json;

// "Unknown" also when nothing was looked up although it was asked for: the member is there whenever
// the caller asked.
nc_status shown_nc(const placed_order& placed) {
    const auto known = placed.now ? placed.now->nc_status : std::nullopt;
    return known.value_or(nc_status::unknown);
}

// MESSAGE_NOT_SENT only when it surely wasn't.
sms_status shown_sms(const placed_order& placed) {
    if (placed.what == placed_order::kind::no_credit) return sms_status::not_sent;
    const auto known = placed.now ? placed.now->sms_status : std::nullopt;
    return known.value_or(sms_status::sent);
}

std::string shown_reason(const placed_order& placed) {
    if (placed.what == placed_order::kind::no_credit) return "not_enough_credit";
    return placed.now ? placed.now->reason : std::string();
}

bool was_accepted(call_status status) {
    switch (status) {
        case call_status::pending_accepted:
        case call_status::processing:
        case call_status::error_no_answer:
        case call_status::error_user_busy:
        case call_status::answered_machine:
        case call_status::processed:
            return true;
        default:
            return false;
    }
}

// The row says ERROR for a call that was never made; its reason says which of them.
call_status shown_call(const placed_order& placed) {
    if (placed.what == placed_order::kind::no_credit) return call_status::error_not_enough_credits;
    if (!placed.now || !placed.now->call_status) return call_status::processing;
    const auto known = *placed.now->call_status;
    // A carrier took it; that its end is known already is an accident of speed.
    if (was_accepted(known)) return call_status::pending_accepted;
    if (known != call_status::error) return known;
    if (placed.now->reason == "no_route") return call_status::error_route_not_available;
    if (placed.now->reason == "not_enough_credit") return call_status::error_not_enough_credits;
    return known;
}

ordered_json sms_json(const infobip_sent& asked, const pin_id& pin, const placed_order& placed) {
    ordered_json made = ordered_json::object();
    const auto add_pin = [&] {
        if (!pin.empty()) made["pinId"] = pin.view();
    };
    if (!asked.resend) add_pin();
    made["to"] = asked.to.digits();
    if (asked.nc_needed) made["ncStatus"] = to_string(shown_nc(placed));
    const auto sms = shown_sms(placed);
    made["smsStatus"] = to_string(sms);
    if (asked.resend) add_pin();
    const auto reason = shown_reason(placed);
    if (sms == sms_status::not_sent && !reason.empty()) made["reason"] = reason;
    return made;
}

ordered_json voice_json(const infobip_sent& asked, const pin_id& pin, const placed_order& placed) {
    ordered_json made = ordered_json::object();
    if (!asked.resend && !pin.empty()) made["pinId"] = pin.view();
    made["to"] = asked.to.digits();
    if (asked.resend) made["pinId"] = pin.view();
    made["callStatus"] = to_string(shown_call(placed));
    return made;
}

struct sending_status {
    const char* name;
    const char* description;
    bool final;
};

constexpr sending_status not_sent{"MESSAGE_NOT_SENT", "Message not sent", false};
constexpr sending_status waiting{
    "MESSAGE_WAITING_DELIVERY", "Message sent, waiting for delivery", false};
constexpr sending_status expired{"MESSAGE_EXPIRED", "Message expired", true};

sending_status of_delivery(dlr_status dlr) {
    switch (dlr) {
        case dlr_status::delivrd:
            return {"MESSAGE_DELIVERED", "Message sent and delivered", true};
        case dlr_status::undeliv:
        case dlr_status::deleted:
            return {"MESSAGE_NOT_DELIVERED", "Message sent, not delivered", true};
        case dlr_status::expired:
            return expired;
        case dlr_status::rejectd:
            return {"MESSAGE_REJECTED", "Message rejected", true};
        case dlr_status::unknown:
            return {"MESSAGE_DELIVERY_UNKNOWN", "Message delivery unknown", true};
        case dlr_status::acceptd:
        case dlr_status::enroute:
            break;
    }
    return waiting;
}

sending_status of_unsent(const std::string& reason) {
    if (reason == "no_route")
        return {"MESSAGE_NETWORK_NOT_AVAILABLE", "Message not sent, bulk or gateway offline", true};
    if (reason == "not_enough_credit")
        return {"NOT_ENOUGH_CREDITS", "Message not sent, not enough credits", true};
    if (reason == "expired" || reason == "pin_expired") return expired;
    return not_sent;
}

sending_status status_of(const postgres::pin_sending& sending) {
    const bool call_failed = sending.call == call_status::error && !sending.sent_at;
    if (sending.sms == sms_status::not_sent || call_failed) return of_unsent(sending.reason);
    if (sending.dlr) return of_delivery(*sending.dlr);
    return sending.sms || sending.call ? waiting : not_sent;
}

ordered_json guess_json(const guessed& of, bool verified, const char* error) {
    ordered_json made = ordered_json::object();
    made["pinId"] = of.pin.pin.view();
    made["msisdn"] = of.pin.to.digits();
    made["verified"] = verified;
    const auto left = of.answer.tries_left;
    const bool none_left = verified || of.answer.what == postgres::guess_answer::kind::used_up;
    if (none_left)
        made["attemptsRemaining"] = 0;
    else if (left)
        made["attemptsRemaining"] = *left;
    if (error != nullptr) made["pinError"] = error;
    return made;
}

}  // namespace

http::response infobip_sent_answer(const infobip_sent& asked, const placed_order& placed) {
    using kind = placed_order::kind;
    switch (placed.what) {
        case kind::limited:
            return infobip_too_many_requests(placed.retry_after);
        case kind::key_reused:
            return infobip_bad_request(
                "Idempotency-Key", "was used for another request of this account"
            );
        case kind::cancelled:
        case kind::unavailable:
        case kind::uncertain:
            return infobip_general_error();
        case kind::taken:
        case kind::no_credit:
            break;
    }
    const auto& pin = asked.resend ? asked.pin : placed.pin;
    if (asked.channel == channel::voice) return infobip_answer(voice_json(asked, pin, placed));
    return infobip_answer(sms_json(asked, pin, placed));
}

http::response infobip_guess_answer(infobip_version version, const guessed& of) {
    using kind = postgres::guess_answer::kind;
    switch (of.answer.what) {
        case kind::right:
            return infobip_answer(guess_json(of, true, nullptr));
        case kind::wrong:
            return infobip_answer(guess_json(of, false, "WRONG_PIN"));
        case kind::expired:
            return infobip_answer(guess_json(of, false, "TTL_EXPIRED"));
        case kind::used_up:
            return infobip_answer(guess_json(of, false, "NO_MORE_PIN_ATTEMPTS"));
        case kind::limited:
            return infobip_too_many_requests(of.answer.retry_after);
        case kind::gone:
        case kind::newer:
            break;
    }
    return infobip_not_found(version, infobip_missing::pin);
}

ordered_json infobip_status_json(const postgres::pin_story& story) {
    ordered_json made = ordered_json::array();
    for (const auto& sending : story.sendings) {
        const auto status = status_of(sending);
        ordered_json entry = ordered_json::object();
        entry["status"] = status.name;
        entry["description"] = status.description;
        entry["finalStatus"] = status.final;
        made.push_back(std::move(entry));
    }
    return made;
}

ordered_json infobip_verifications_json(
    std::span<const postgres::verification> all, const infobip_verifications_request& asked
) {
    ordered_json list = ordered_json::array();
    for (const auto& one : all) {
        if (asked.verified && *asked.verified != one.verified) continue;
        if (asked.sent && *asked.sent != one.sent_at.has_value()) continue;
        ordered_json entry = ordered_json::object();
        entry["msisdn"] = one.to.digits();
        entry["verified"] = one.verified;
        if (one.verified_at) entry["verifiedAt"] = unix_milliseconds(*one.verified_at);
        if (one.sent_at) entry["sentAt"] = unix_milliseconds(*one.sent_at);
        list.push_back(std::move(entry));
    }
    ordered_json made = ordered_json::object();
    made["verifications"] = std::move(list);
    return made;
}

}  // namespace pinwire::api
