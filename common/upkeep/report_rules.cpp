#include "common/upkeep/report_rules.hpp"

namespace pinwire::upkeep {

address_rules report_rules_of(
    const config::account_settings& account, const config::reports_settings& settings
) {
    address_rules made;
    made.allow_http = account.allow_http;
    made.allow = account.allow_cidrs;
    made.deny = settings.deny_cidrs;
    made.ports = account.ports;
    made.nat64 = settings.nat64;
    return made;
}

bool scheme_allowed(const url& where, const config::account_settings& account) {
    return where.is_https() || account.allow_http;
}

}  // namespace pinwire::upkeep
