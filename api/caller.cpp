#include "api/caller.hpp"

#include "common/core/prefixes.hpp"

namespace pinwire::api {
namespace {

bool allows(
    const std::vector<std::string>& allowed,
    const std::vector<std::string>& blocked,
    const msisdn& to
) {
    if (begins_with_any(to.digits(), blocked)) return false;
    return allowed.empty() || begins_with_any(to.digits(), allowed);
}

}  // namespace

bool may_send_to(
    const config::settings& settings, const config::account_settings& account, const msisdn& to
) {
    return allows(settings.api.allowed_prefixes, settings.api.blocked_prefixes, to) &&
           allows(account.allowed_prefixes, account.blocked_prefixes, to);
}

}  // namespace pinwire::api
