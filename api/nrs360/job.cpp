// The second stage of reading a 360NRS request: the key is proven, the account known.
#include <algorithm>
#include <utility>

#include "api/nrs360/decode.hpp"
#include "common/core/deadlines.hpp"
#include "common/core/job_codec.hpp"
#include "common/core/message_text.hpp"
#include "common/core/placeholder.hpp"
#include "common/core/sender.hpp"
#include "common/core/text.hpp"
#include "common/core/url.hpp"

namespace pinwire::api::nrs360 {
namespace {

constexpr std::size_t sms_characters_max = 160;
constexpr std::uint8_t strict_length_min = 6;
constexpr std::chrono::seconds strict_life_max{600};

// A report that could never be posted is refused while its caller is still there to hear it.
bool may_be_posted_to(
    const std::string& text, const config::account_settings& account, const address_policy& reports
) {
    const auto where = url::parse(text);
    if (!where || (!where->is_https() && !account.allow_http)) return false;
    if (!reports.port_allowed(where->port())) return false;
    if (!where->host_is_ipv4() && !where->host_is_ipv6()) return true;
    const auto address = ip_address::parse(where->host());
    return address && reports.judge(*address, where->port()) == address_verdict::allowed;
}

read<pin_parameters> pin_of(const asked_pin& asked, bool strict) {
    pin_parameters pin;
    if (strict) pin.expires_in = strict_life_max;
    pin.type = asked.type.value_or(pin.type);
    pin.length = asked.length.value_or(pin.length);
    pin.expires_in = asked.expires_in.value_or(pin.expires_in);
    pin.max_tries = asked.max_tries.value_or(pin.max_tries);
    if (!strict) return pin;
    if (pin.length < strict_length_min)
        return fault{error_id::invalid_pin_params, "pin_params.length"};
    if (pin.expires_in.count() == 0 || pin.expires_in > strict_life_max)
        return fault{error_id::invalid_pin_params, "pin_params.expires_in"};
    return pin;
}

// Line breaks and tabs are text; every other control character is none, and no carrier takes it.
bool is_plain_text(std::string text) {
    std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; });
    return !has_control_characters(text);
}

// Characters as they go out: with the PIN in its place, and transliterated where that is done.
bool fits_one_message(const job& given) {
    const secret any_pin(std::string(given.pin_or_default().length, '0'));
    return characters_in(render_sms(given, any_pin).reveal()) <= sms_characters_max;
}

bool take_text(const std::optional<std::string>& asked, const std::string& standard, job& into) {
    into.text = asked.value_or(standard);
    // the account's own text is the operator's: it goes in as many parts as it needs
    if (!asked) return true;
    return has_valid_placeholders(dialect::nrs360, into.text) && is_plain_text(into.text) &&
           fits_one_message(into);
}

bool may_send_as(const sender_name& sender, const config::account_settings& account) {
    const auto& listed = account.senders;
    return is_sender(sender.view()) &&
           (listed.empty() || std::find(listed.begin(), listed.end(), sender) != listed.end());
}

std::string standard_text(const config::account_settings& account) {
    return account.text_360nrs.empty() ? job_defaults().text_360nrs : account.text_360nrs;
}

}  // namespace

std::optional<fault> fault_before_key(
    const asked_request& asked, const config::account_settings* account
) {
    if (asked.sender_missing && (account == nullptr || account->default_sender.empty()))
        return fault{error_id::missing_params, "sender"};
    return asked.bad;
}

read<ready_request> make_job(
    asked_request asked,
    const config::account_settings& account,
    const address_policy& reports,
    std::chrono::system_clock::time_point now
) {
    if (auto before = fault_before_key(asked, &account)) return *before;
    if (!asked.report_url.empty() && !may_be_posted_to(asked.report_url, account, reports))
        return fault{error_id::bad_params, "report_url"};
    if (asked.own) return *asked.own;
    const auto pin = pin_of(asked.pin, account.strict);
    if (!pin) return pin.error();

    ready_request made;
    auto& job = made.job;
    job.account = account.name;
    job.channel = channel::sms;
    job.dialect = dialect::nrs360;
    job.pin_given = *pin;
    if (!take_text(asked.sms_text, standard_text(account), job))
        return fault{error_id::invalid_sms_text, "sms_text"};
    job.from = asked.sender ? sender_name(*std::move(asked.sender)) : account.default_sender;
    if (!may_send_as(job.from, account)) return fault{error_id::invalid_sender, "sender"};
    const auto to = msisdn::parse(asked.msisdn);
    if (!to) return fault{error_id::invalid_number, "msisdn"};
    job.to = *to;
    job.lookup = asked.hlr_lookup ? lookup_policy::hlr_lookup : lookup_policy::skip;
    job.report_url = std::move(asked.report_url);
    job.report_format = report_format::nrs360;
    job.report_refusal = !asked.hlr_lookup;  // with a lookup the caller is told in the answer
    job.reference = std::move(asked.custom);
    job.requested_at = now;
    job.send_within = default_send_within(pin->expires_in);
    made.own_code = std::move(asked.pin.code);
    return made;
}

}  // namespace pinwire::api::nrs360
