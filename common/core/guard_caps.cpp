#include "common/core/guard_caps.hpp"

#include <algorithm>

namespace pinwire {
namespace {

constexpr std::size_t digits_of_a_block = 4;

bool is_money(cap which) {
    return which == cap::number_money || which == cap::prefix_money ||
           which == cap::account_money || which == cap::total_money;
}

std::string scope_of(cap which, const msisdn& to) {
    std::string scope(to_string(which));
    switch (which) {
        case cap::number:
        case cap::number_money:
            return scope + ":" + to.digits();
        case cap::prefix:
        case cap::prefix_money:
        case cap::burst:
            return scope.append(":").append(prefix_of(to));
        default:
            return scope;
    }
}

}  // namespace

std::string_view to_string(cap which) {
    switch (which) {
        case cap::number:
            return "number";
        case cap::prefix:
            return "prefix";
        case cap::account:
            return "account";
        case cap::total:
            return "total";
        case cap::burst:
            return "burst";
        case cap::number_money:
            return "number_money";
        case cap::prefix_money:
            return "prefix_money";
        case cap::account_money:
            return "account_money";
        case cap::total_money:
            return "total_money";
    }
    return {};
}

bool is_of_all_accounts(cap which) {
    return which == cap::total || which == cap::total_money;
}

refusal refusal_of(cap which) {
    switch (which) {
        case cap::number:
        case cap::number_money:
            return refusal::number_cap;
        case cap::prefix:
        case cap::prefix_money:
            return refusal::prefix_cap;
        case cap::account:
        case cap::account_money:
            return refusal::account_cap;
        case cap::burst:
            return refusal::prefix_burst;
        default:
            return refusal::total_cap;
    }
}

cap_table merged(const cap_table& all, const cap_table& own) {
    auto made = all;
    for (const auto& [which, limit] : own)
        made[which] = limit;
    return made;
}

bool any(const cap_table& caps) {
    return std::ranges::any_of(caps, [](const auto& one) { return one.second.bounded(); });
}

std::string_view prefix_of(const msisdn& number) {
    const std::string_view digits = number.digits();
    return digits.substr(0, digits.size() - std::min(digits.size(), digits_of_a_block));
}

std::vector<cap_use> uses_of(const cap_table& caps, const cap_subject& of) {
    std::vector<cap_use> made;
    for (const auto which : all_caps) {
        const auto found = caps.find(which);
        if (found == caps.end() || !found->second.bounded()) continue;
        cap_use one;
        one.which = which;
        one.limit = found->second;
        one.amount = is_money(which) ? of.money : which == cap::burst ? 1 : of.parts;
        if (one.amount == 0) continue;
        if (!is_of_all_accounts(which)) one.account = of.account;
        one.scope = scope_of(which, of.to);
        if (which == cap::burst) one.member = of.to.digits().substr(prefix_of(of.to).size());
        made.push_back(std::move(one));
    }
    return made;
}

}  // namespace pinwire
