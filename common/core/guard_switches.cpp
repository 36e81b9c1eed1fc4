#include "common/core/guard_switches.hpp"

#include "common/core/prefixes.hpp"

namespace pinwire {
namespace {

std::size_t place_of(switch_kind kind) {
    return static_cast<std::size_t>(kind);
}

}  // namespace

std::string_view to_string(switch_kind kind) {
    switch (kind) {
        case switch_kind::account:
            return "account";
        case switch_kind::key:
            return "key";
        case switch_kind::country:
            return "country";
        case switch_kind::prefix:
            return "prefix";
        case switch_kind::number:
            return "number";
        case switch_kind::route:
            return "route";
        case switch_kind::provider:
            return "provider";
    }
    return {};
}

std::optional<switch_kind> parse_switch_kind(std::string_view name) {
    for (const auto one : all_switch_kinds)
        if (to_string(one) == name) return one;
    return std::nullopt;
}

suspensions::suspensions(const std::vector<suspension>& from) {
    for (const auto& one : from)
        all_[place_of(one.kind)][one.name] = one.expires_at.value_or(time_point::max());
}

bool suspensions::holds(switch_kind kind, std::string_view name, time_point now) const {
    const auto& these = all_[place_of(kind)];
    const auto found = these.find(name);
    return found != these.end() && now < found->second;
}

bool suspensions::holds_prefix_of(switch_kind kind, std::string_view digits, time_point now) const {
    if (all_[place_of(kind)].empty()) return false;
    return by_longest_prefix(digits, digits.size(), [&](std::string_view prefix) {
        return holds(kind, prefix, now);
    });
}

std::optional<refusal> suspensions::judge(
    const account_name& account, const msisdn& to, time_point now
) const {
    if (holds(switch_kind::account, account.view(), now)) return refusal::account_suspended;
    return judge(to, now);
}

std::optional<refusal> suspensions::judge(const msisdn& to, time_point now) const {
    const auto& digits = to.digits();
    if (holds(switch_kind::number, digits, now)) return refusal::number_suspended;
    if (holds_prefix_of(switch_kind::prefix, digits, now)) return refusal::prefix_suspended;
    if (holds_prefix_of(switch_kind::country, digits, now)) return refusal::country_suspended;
    return std::nullopt;
}

}  // namespace pinwire
