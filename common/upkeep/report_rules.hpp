// Which addresses a customer's URL may lead to, from what the configuration and the account say.
// Pure.
#pragma once

#include "common/config/settings.hpp"
#include "common/core/address_policy.hpp"
#include "common/core/url.hpp"

namespace pinwire::upkeep {

// Without what is ours: report_client adds it.
address_rules report_rules_of(const config::account_settings&, const config::reports_settings&);

bool scheme_allowed(const url&, const config::account_settings&);

}  // namespace pinwire::upkeep
