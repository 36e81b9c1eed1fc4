#include "common/core/lookup_policy_table.hpp"

namespace pinwire {
namespace {

nc_status nc_of(lookup_outcome outcome) {
    switch (outcome) {
        case lookup_outcome::reachable:
            return nc_status::reachable;
        case lookup_outcome::absent:
        case lookup_outcome::invalid:
            return nc_status::not_reachable;
        case lookup_outcome::landline:
        case lookup_outcome::valid_only:
        case lookup_outcome::unknown:
            return nc_status::unknown;
        case lookup_outcome::no_provider:
            return nc_status::not_configured;
    }
    return nc_status::unknown;
}

lookup_action by_hlr(lookup_outcome outcome, const lookup_rules& rules) {
    switch (outcome) {
        case lookup_outcome::reachable:
        case lookup_outcome::valid_only:  // the query succeeded
            return lookup_action::send;
        case lookup_outcome::absent:
            return rules.absent_refuses ? lookup_action::refuse : lookup_action::send;
        case lookup_outcome::invalid:
        case lookup_outcome::landline:
            return lookup_action::refuse;
        case lookup_outcome::unknown:
        case lookup_outcome::no_provider:
            return rules.outage_sends ? lookup_action::send : lookup_action::refuse;
    }
    return lookup_action::refuse;
}

}  // namespace

lookup_verdict judge(lookup_policy policy, lookup_outcome outcome, const lookup_rules& rules) {
    if (policy == lookup_policy::skip) return {};
    const nc_status nc = nc_of(outcome);
    if (policy == lookup_policy::hlr_lookup) return {nc, by_hlr(outcome, rules)};
    const bool withheld = nc == nc_status::not_reachable;
    return {nc, withheld ? lookup_action::withhold : lookup_action::send};
}

}  // namespace pinwire
