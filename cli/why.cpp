#include "cli/why.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "cli/times.hpp"

namespace pinwire::cli {
namespace {

using clock = std::chrono::system_clock;
using words = std::pair<std::string_view, std::string_view>;

constexpr std::array<words, 29> refusals = {
    {{"lookup_refused",
      "the lookup found that the number can't be reached, and the order asked "
      "not to send then"},
     {"lookup_withheld",
      "the lookup found that the number can't be reached; a call may still be "
      "tried"},
     {"no_route", "no route of [routes] takes this number"},
     {"expired", "it came too late: send_within or the PIN's life was over"},
     {"beyond_dedupe_horizon", "it was older than postgres.dedupe_horizon when it was read"},
     {"cancelled", "nobody took it in time, and the caller was told so; is a worker running?"},
     {"superseded", "a newer PIN of the same number took its place before it could be sent"},
     {"test_number", "it is a test number of the account: nothing is ever sent"},
     {"pin_other_number", "it asked for the PIN of another number"},
     {"pin_cancelled", "its PIN had been cancelled"},
     {"pin_expired", "its PIN had expired"},
     {"pin_spent", "its PIN had been used already"},
     {"pin_out_of_tries", "its PIN had no tries left"},
     {"pin_parameters_differ", "it asked for an existing PIN with other parameters"},
     {"not_enough_credit", "the carrier says that our credit with it is used up"},
     {"set_aside", "three workers died over it, so that it is not sent again"},
     {"account_suspended", "the account is suspended; `pinwire suspended` says why"},
     {"country_suspended", "its country is suspended; `pinwire suspended` says why"},
     {"prefix_suspended", "its prefix is suspended; `pinwire suspended` says why"},
     {"number_suspended", "its number is suspended; `pinwire suspended` says why"},
     {"country_not_allowed", "its country is none of [guard] countries"},
     {"prefix_blocked", "its prefix is one of [guard] blocked_prefixes"},
     {"number_blocked", "its number is one of [guard] blocked_numbers"},
     {"premium_range", "it is a number of an international premium or satellite service"},
     {"number_cap", "its number had had as much as [guard.caps] allows"},
     {"prefix_cap", "the numbers around it had had as much as [guard.caps] allows"},
     {"account_cap", "the account had sent as much as [guard.caps] allows"},
     {"total_cap", "all accounts had sent as much as [guard.caps] allows"},
     {"prefix_burst", "too many numbers around it asked in a short time ([guard.caps] burst)"}}};

std::string refusal(const std::string& reason) {
    for (const auto& [name, text] : refusals)
        if (name == reason) return std::string(text);
    return reason.empty() ? "no reason was noted" : "the last answer was: " + reason;
}

std::string last_error(const postgres::story& of) {
    for (auto at = of.attempts.rbegin(); at != of.attempts.rend(); ++at)
        if (!at->error.empty()) return fmt::format(" Last trouble: {}.", at->error);
    return {};
}

std::string carrier_of(const postgres::story& of) {
    return of.attempts.empty() ? "the carrier" : of.attempts.back().carrier.str();
}

std::string under_way(const postgres::story& of) {
    const auto state = of.due ? of.due->what : attempt_state::waiting;
    switch (state) {
        case attempt_state::sent:
            return fmt::format(
                "{} took it at {} and hasn't said yet what became of it.",
                carrier_of(of),
                time_text(of.job.sent_at)
            );
        case attempt_state::in_doubt:
            return fmt::format(
                "It isn't known whether {} has it: the connection broke off.{}",
                carrier_of(of),
                last_error(of)
            );
        case attempt_state::sending:
            return fmt::format("It is being handed to {} at this moment.", carrier_of(of));
        default:
            return fmt::format(
                "It waits to be sent; next try at {}.{}",
                time_text(of.due ? std::optional(of.due->at) : std::nullopt),
                last_error(of)
            );
    }
}

std::string carriers_word(const postgres::story& of) {
    std::string code;
    for (const auto& one : of.attempts)
        if (!one.dlr_error.empty()) code = fmt::format(" (code {})", one.dlr_error);
    return code;
}

std::string of_sms(const postgres::story& of) {
    const auto code = carriers_word(of);
    const auto carrier = carrier_of(of);
    switch (of.job.delivery.value_or(dlr_status::unknown)) {
        case dlr_status::delivrd:
            return fmt::format(
                "{} says that the handset has it, as of {}.", carrier, time_text(of.job.final_at)
            );
        case dlr_status::expired:
            return fmt::format(
                "The handset couldn't be reached while the message was valid: switched off or "
                "without a network{}.",
                code
            );
        case dlr_status::undeliv:
            return fmt::format("{} couldn't deliver it{}.", carrier, code);
        case dlr_status::rejectd:
            return fmt::format(
                "{} or the handset's network rejected it{}: a filter, the sender, or a barred "
                "number.",
                carrier,
                code
            );
        case dlr_status::deleted:
            return fmt::format("{} deleted it before delivery{}.", carrier, code);
        default:
            return of.job.in_doubt
                       ? "Nobody knows whether a carrier had it: the connection broke off and "
                         "nothing came since."
                       : fmt::format("{} took it and never said what became of it.", carrier);
    }
}

std::string of_call(const postgres::story& of) {
    const auto code = carriers_word(of);
    switch (of.job.call.value_or(call_status::undefined)) {
        case call_status::processed:
            return "The call was answered and the code was spoken.";
        case call_status::answered_machine:
            return "An answering machine took the call.";
        case call_status::error_user_busy:
            return "The number was busy.";
        case call_status::error_no_answer:
            return "Nobody answered the call.";
        case call_status::undefined:
            return of.job.in_doubt ? "Nobody knows whether the call was made."
                                   : "The carrier never said how the call went.";
        default:
            return fmt::format("The call failed: {}{}.", to_string(*of.job.call), code);
    }
}

std::string of_message(const postgres::story& of) {
    if (!of.job.final_at) return under_way(of);
    if (of.job.reason == "test_number")
        return fmt::format("Nothing was sent: {}.", refusal(of.job.reason));
    const bool never = of.job.sms == sms_status::not_sent || (!of.job.sent_at && !of.job.in_doubt);
    if (never) return fmt::format("Nothing was sent: {}.", refusal(of.job.reason));
    return of.job.channel == channel::sms ? of_sms(of) : of_call(of);
}

std::string of_pin(const pin_state& pin, clock::time_point now) {
    if (pin.verified_at)
        return fmt::format(" The PIN was verified at {}.", time_text(pin.verified_at));
    if (pin.cancelled_at)
        return fmt::format(" The PIN was cancelled at {}.", time_text(pin.cancelled_at));
    if (pin.newer) return " A newer PIN of this number counts instead.";
    if (pin.tries_left && *pin.tries_left <= 0) return " The PIN has no tries left.";
    if (pin.expires_at && *pin.expires_at <= now)
        return fmt::format(" The PIN expired at {}.", time_text(pin.expires_at));
    return {};
}

}  // namespace

std::string why_no_code(
    const postgres::story& of, const std::optional<pin_state>& pin, clock::time_point now
) {
    auto text = of_message(of);
    if (pin) text += of_pin(*pin, now);
    return text;
}

}  // namespace pinwire::cli
