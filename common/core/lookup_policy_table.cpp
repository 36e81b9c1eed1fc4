#include "common/core/lookup_policy_table.hpp"

#include <array>

namespace pinwire {
namespace {

using enum lookup_action;

constexpr std::array rows = {
    lookup_row{lookup_outcome::reachable, nc_status::reachable, send, nullptr, {}, send, send},
    // absent: the query succeeded
    lookup_row{
        lookup_outcome::absent,
        nc_status::not_reachable,
        send,
        &lookup_rules::absent_refuses,
        "absent_refuses",
        refuse,
        withhold},
    lookup_row{
        lookup_outcome::invalid, nc_status::not_reachable, refuse, nullptr, {}, refuse, withhold},
    lookup_row{
        lookup_outcome::landline,
        nc_status::unknown,
        refuse,
        &lookup_rules::landline_sends,
        "landline_sends",
        send,
        send},
    // valid_only: the query succeeded
    lookup_row{lookup_outcome::valid_only, nc_status::unknown, send, nullptr, {}, send, send},
    lookup_row{
        lookup_outcome::unknown,
        nc_status::unknown,
        refuse,
        &lookup_rules::outage_sends,
        "outage_sends",
        send,
        send},
    lookup_row{
        lookup_outcome::no_provider,
        nc_status::not_configured,
        refuse,
        &lookup_rules::outage_sends,
        "outage_sends",
        send,
        send},
};

constexpr bool in_order() {
    for (std::size_t at = 0; at < rows.size(); ++at)
        if (static_cast<std::size_t>(rows[at].outcome) != at) return false;
    return true;
}
static_assert(in_order());

constexpr std::array consequences = {
    lookup_consequence{send, {}, std::nullopt, std::nullopt, {}},
    lookup_consequence{
        refuse, "lookup_refused", sms_status::not_sent, call_status::error, "INVALID_NUMBER"},
    lookup_consequence{withhold, "lookup_withheld", sms_status::not_sent, call_status::error, {}},
};

}  // namespace

lookup_verdict judge(lookup_policy policy, lookup_outcome outcome, const lookup_rules& rules) {
    if (policy == lookup_policy::skip) return {};
    const lookup_row& row = rows.at(static_cast<std::size_t>(outcome));
    if (policy == lookup_policy::nc_needed) return {row.nc, row.nc_needed};
    const bool turned = row.turned_by != nullptr && rules.*row.turned_by;
    return {row.nc, turned ? row.hlr_turned : row.hlr};
}

const lookup_consequence& consequence_of(lookup_action action) {
    return consequences.at(static_cast<std::size_t>(action));
}

std::span<const lookup_row> lookup_table() {
    return rows;
}

std::string_view to_string(lookup_action action) {
    switch (action) {
        case send:
            return "send";
        case refuse:
            return "refuse";
        case withhold:
            return "withhold";
    }
    return "?";
}

}  // namespace pinwire
