#include "api/caller.hpp"

#include <algorithm>

namespace pinwire::api {
namespace {

bool has_prefix(const std::vector<std::string>& prefixes, const msisdn& to) {
    return std::ranges::any_of(prefixes, [&](const std::string& prefix) {
        return to.digits().starts_with(prefix);
    });
}

bool allows(
    const std::vector<std::string>& allowed,
    const std::vector<std::string>& blocked,
    const msisdn& to
) {
    if (has_prefix(blocked, to)) return false;
    return allowed.empty() || has_prefix(allowed, to);
}

}  // namespace

bool may_send_to(
    const config::settings& settings, const config::account_settings& account, const msisdn& to
) {
    return allows(settings.api.allowed_prefixes, settings.api.blocked_prefixes, to) &&
           allows(account.allowed_prefixes, account.blocked_prefixes, to);
}

}  // namespace pinwire::api
