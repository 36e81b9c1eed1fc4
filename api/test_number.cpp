#include "api/test_number.hpp"

#include "common/core/lookup_policy_table.hpp"
#include "common/core/pin.hpp"

namespace pinwire::api {
namespace {

lookup_outcome outcome_of(nc_status said) {
    switch (said) {
        case nc_status::reachable:
            return lookup_outcome::reachable;
        case nc_status::not_reachable:
            return lookup_outcome::invalid;
        case nc_status::unknown:
            return lookup_outcome::unknown;
        case nc_status::not_configured:
            return lookup_outcome::no_provider;
    }
    return lookup_outcome::unknown;
}

call_status call_of(dlr_status outcome) {
    return outcome == dlr_status::delivrd ? call_status::processed : call_status::error_no_answer;
}

}  // namespace

test_fate fate_of(
    const job& of, const config::test_number& number, const config::lookup_settings& lookup
) {
    lookup_rules rules;
    rules.absent_refuses = lookup.absent_refuses;
    rules.outage_sends = lookup.outage_sends;
    rules.landline_sends = lookup.landline_sends;
    const auto said = number.nc.value_or(nc_status::reachable);
    const auto verdict = judge(of.lookup, outcome_of(said), rules);
    test_fate made;
    made.nc = verdict.nc;
    made.refused = verdict.action == lookup_action::refuse;
    const bool sent = verdict.action == lookup_action::send;
    made.reason = consequence_of(verdict.action).reason;
    if (sent) made.dlr = number.outcome;
    if (of.channel == channel::sms) made.sms = sent ? sms_status::sent : sms_status::not_sent;
    if (of.channel == channel::voice) made.call = sent ? call_of(*made.dlr) : call_status::error;
    return made;
}

void fix_pin(job& of, const config::test_number& number) {
    auto pin = of.pin_or_default();
    pin.length = static_cast<std::uint8_t>(number.pin.reveal().size());
    if (!fits(pin, number.pin)) pin.type = pin_type::alphanumeric;
    of.pin_given = pin;
}

}  // namespace pinwire::api
