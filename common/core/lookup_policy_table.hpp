// Policy x outcome -> what happens: DIALECTS section 3, as one table.
#pragma once

#include <optional>

#include "common/core/job.hpp"
#include "common/core/lookup_outcome.hpp"
#include "common/core/status.hpp"

namespace pinwire {

enum class lookup_action {
    send,
    refuse,   // nothing is sent, no PIN is minted
    withhold  // nothing is sent, but the PIN exists and can be sent again
};

// Settings of the operator, with the defaults of DIALECTS.
struct lookup_rules {
    bool absent_refuses = false;  // hlr_lookup 1 and absent: refuse instead of send
    bool outage_sends = false;    // hlr_lookup 1 and unknown or no provider: send instead of refuse
};

struct lookup_verdict {
    std::optional<pinwire::nc_status> nc;  // none: skipped
    lookup_action action = lookup_action::send;
};

// `outcome` is ignored when the policy is skip.
lookup_verdict judge(lookup_policy, lookup_outcome, const lookup_rules&);

}  // namespace pinwire
