#include "common/core/guard.hpp"

#include <algorithm>

namespace pinwire {
namespace {

// Codes that ITU-T gave to international services instead of countries (List of E.164 assigned
// country codes): premium rate (979) and shared cost (808), whose calls pay their owner; satellites
// (870, 881) and international networks (882, 883), the dearest of all, and where revenue-share
// fraud lives. Nobody's handset for a PIN has one but a satellite telephone.
const std::vector<std::string> premium_codes = {"808", "870", "881", "882", "883", "979"};

}  // namespace

std::string_view to_string(refusal why) {
    switch (why) {
        case refusal::account_suspended:
            return "account_suspended";
        case refusal::country_suspended:
            return "country_suspended";
        case refusal::prefix_suspended:
            return "prefix_suspended";
        case refusal::number_suspended:
            return "number_suspended";
        case refusal::country_not_allowed:
            return "country_not_allowed";
        case refusal::prefix_blocked:
            return "prefix_blocked";
        case refusal::number_blocked:
            return "number_blocked";
        case refusal::premium_range:
            return "premium_range";
        case refusal::number_cap:
            return "number_cap";
        case refusal::prefix_cap:
            return "prefix_cap";
        case refusal::account_cap:
            return "account_cap";
        case refusal::total_cap:
            return "total_cap";
        case refusal::prefix_burst:
            return "prefix_burst";
    }
    return {};
}

std::optional<refusal> parse_refusal(std::string_view name) {
    for (const auto one : all_refusals)
        if (to_string(one) == name) return one;
    return std::nullopt;
}

bool is_cap(refusal why) {
    return why == refusal::number_cap || why == refusal::prefix_cap ||
           why == refusal::account_cap || why == refusal::total_cap || why == refusal::prefix_burst;
}

destination_guard::destination_guard(const destination_rules& rules)
    : blocked_(rules.blocked_prefixes),
      numbers_(rules.blocked_numbers.begin(), rules.blocked_numbers.end()) {
    if (rules.countries) countries_.emplace(*rules.countries);
    if (rules.refuse_premium) premium_ = prefix_set(premium_codes);
}

std::optional<refusal> destination_guard::judge(const msisdn& to) const {
    const auto& digits = to.digits();
    if (numbers_.contains(digits)) return refusal::number_blocked;
    if (blocked_.holds(digits)) return refusal::prefix_blocked;
    if (countries_ && !countries_->holds(digits)) return refusal::country_not_allowed;
    if (premium_.holds(digits)) return refusal::premium_range;
    return std::nullopt;
}

}  // namespace pinwire
