#include "api/infobip/pins.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/infobip/answers.hpp"
#include "common/core/text.hpp"

namespace pinwire::api {
namespace {

constexpr std::string_view disabled = "Application is disabled";
constexpr std::string_view unfilled = "can't be filled into the message text";

// One key may be used once for each kind of call.
std::string keyed(std::string_view kind, const call& from) {
    if (from.idempotency_key.empty()) return {};
    return std::string(kind) + from.idempotency_key;
}

http::response no_template(const infobip_route& where) {
    return infobip_not_found(where.version, infobip_missing::application_or_message);
}

http::response no_pin(const infobip_route& where) {
    return infobip_not_found(where.version, infobip_missing::pin);
}

postgres::pin_question question(const caller& who, const infobip_route& where) {
    postgres::pin_question made;
    made.account = who.account->name;
    made.pin = pin_id(where.id);
    return made;
}

bool is_call(channel over) {
    return over == channel::voice;
}

}  // namespace

infobip_pins::infobip_pins(
    const config::settings& settings,
    const gate& keeper,
    order_desk& desk,
    guess_pin& guess,
    pin_store& pins,
    template_store& templates,
    wall_clock now
)
    : settings_(settings),
      gate_(keeper),
      desk_(desk),
      guess_(guess),
      pins_(pins),
      templates_(templates),
      now_(std::move(now)) {}

awaitable<http::response> infobip_pins::run(
    const caller& who, const infobip_route& where, const call& from
) {
    switch (where.endpoint) {
        case infobip_endpoint::send:
            co_return co_await send(who, where, from, channel::sms);
        case infobip_endpoint::send_voice:
            co_return co_await send(who, where, from, channel::voice);
        case infobip_endpoint::resend:
            co_return co_await resend(who, where, from, channel::sms);
        case infobip_endpoint::resend_voice:
            co_return co_await resend(who, where, from, channel::voice);
        case infobip_endpoint::verify:
            co_return co_await verify(who, where, from);
        case infobip_endpoint::status:
            co_return co_await status(who, where);
        case infobip_endpoint::verifications:
            co_return co_await verifications(who, where, from);
        default:
            co_return infobip_not_found(where.version, infobip_missing::path);
    }
}

infobip_faults infobip_pins::may_send(const caller& who, const msisdn& to, const std::string& from)
    const {
    infobip_faults faults;
    if (!may_send_to(settings_, *who.account, to) || !gate_.serves(to))
        faults.add("to", "is not an allowed destination");
    const auto& allowed = who.account->senders;
    const bool known = from.empty() || allowed.empty() ||
                       std::ranges::find(allowed, sender_name(from)) != allowed.end();
    if (!known) faults.add("from", "is not a sender of this account");
    return faults;
}

awaitable<http::response> infobip_pins::send(
    const caller& who, const infobip_route& where, const call& from, channel over
) {
    infobip_send_request asked;
    const bool strict = who.account->strict;
    const auto faults = read_infobip_send(from.request.body, from.query, strict, asked);
    if (!faults.empty()) co_return infobip_bad_request(faults);
    // Another form is nobody's id, and might be no text for a database.
    if (!is_identifier(asked.application) || !is_identifier(asked.message))
        co_return no_template(where);
    const auto& account = who.account->name;
    const auto application = co_await templates_.find_application(account, asked.application);
    if (!application) co_return no_template(where);
    if (!application->enabled) co_return infobip_forbidden(disabled);
    const auto says = co_await templates_.find_message(account, asked.application, asked.message);
    if (!says) co_return no_template(where);

    const auto first = infobip_first_sending(*says, asked);
    const auto refused = may_send(who, asked.to, first.from);
    if (!refused.empty()) co_return infobip_bad_request(refused);
    auto text = fill_infobip_text(first.text, first.placeholders);
    if (!text) co_return infobip_bad_request("placeholders", unfilled);

    auto made =
        infobip_order(account, *application, first, *std::move(text), over, asked.to, now_());
    made.job.pin_given = infobip_pin_parameters(*application, *says, asked.code, strict);
    made.own_code = asked.code;
    made.message = asked.message;
    made.repeat = infobip_repeat_text(first);
    made.idempotency_key = keyed(is_call(over) ? "voice:" : "send:", from);
    const auto placed = co_await desk_.place(std::move(made));

    infobip_sent what;
    what.channel = over;
    what.nc_needed = asked.nc_needed;
    what.to = asked.to;
    co_return infobip_sent_answer(what, placed);
}

awaitable<http::response> infobip_pins::resend(
    const caller& who, const infobip_route& where, const call& from, channel over
) {
    std::optional<infobip_placeholders> replaced;
    const auto faults = read_infobip_resend(from.request.body, replaced);
    if (!faults.empty()) co_return infobip_bad_request(faults);
    const auto story = co_await pins_.story(question(who, where));
    // A PIN that didn't come by this dialect has no template to be sent with.
    if (!story || story->repeat.empty()) co_return no_pin(where);
    const auto spent = infobip_resend_refusal(*story, now_());
    if (!spent.empty()) co_return infobip_bad_request("pinId", spent);
    const auto& account = who.account->name;
    const auto application = co_await templates_.find_application(account, story->application);
    if (!application) co_return no_pin(where);
    if (!application->enabled) co_return infobip_forbidden(disabled);

    auto first = parse_infobip_repeat(story->repeat);
    if (replaced) first.placeholders = *std::move(replaced);
    const auto refused = may_send(who, story->to, first.from);
    if (!refused.empty()) co_return infobip_bad_request(refused);
    auto text = fill_infobip_text(first.text, first.placeholders);
    if (!text) co_return infobip_bad_request("placeholders", unfilled);

    auto made =
        infobip_order(account, *application, first, *std::move(text), over, story->to, now_());
    made.job.pin = story->pin;
    made.job.pin_length = story->length;
    made.resend = true;
    made.message = story->message;
    made.repeat = story->repeat;  // the first one's, whatever is replaced this time
    const std::string kind = is_call(over) ? "resend-voice:" : "resend:";
    made.idempotency_key = keyed(kind + where.id + ":", from);
    const auto placed = co_await desk_.place(std::move(made));

    infobip_sent what;
    what.channel = over;
    what.resend = true;
    what.nc_needed = first.nc_needed;
    what.to = story->to;
    what.pin = story->pin;
    co_return infobip_sent_answer(what, placed);
}

awaitable<http::response> infobip_pins::verify(
    const caller& who, const infobip_route& where, const call& from
) {
    secret guess;
    const auto faults = read_infobip_guess(from.request.body, guess);
    if (!faults.empty()) co_return infobip_bad_request(faults);
    auto which = question(who, where);
    const auto done = co_await guess_.run(who, std::move(which), std::move(guess));
    co_return infobip_guess_answer(where.version, done);
}

awaitable<http::response> infobip_pins::status(const caller& who, const infobip_route& where) {
    const auto story = co_await pins_.story(question(who, where));
    if (!story) co_return no_pin(where);
    co_return infobip_answer(infobip_status_json(*story));
}

awaitable<http::response> infobip_pins::verifications(
    const caller& who, const infobip_route& where, const call& from
) {
    infobip_verifications_request asked;
    const auto faults = read_infobip_verifications(from.query, asked);
    if (!faults.empty()) co_return infobip_bad_request(faults);
    const auto& account = who.account->name;
    const auto application = co_await templates_.find_application(account, where.id);
    if (!application) co_return no_template(where);
    const auto all = co_await pins_.verifications(account, where.id, asked.to);
    co_return infobip_answer(infobip_verifications_json(all, asked));
}

}  // namespace pinwire::api
