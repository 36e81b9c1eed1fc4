// Policy x outcome -> what happens: DIALECTS section 3, as one table. docs/lookup.md shows the same
// one; a test compares them. Pure.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "common/core/job.hpp"
#include "common/core/lookup_outcome.hpp"
#include "common/core/status.hpp"

namespace pinwire {

enum class lookup_action {
    send,
    refuse,   // nothing is sent, no PIN is minted
    withhold  // nothing is sent, but the PIN exists and can be sent again
};

// Settings of the operator, with the defaults of DIALECTS. All are about hlr_lookup 1.
struct lookup_rules {
    bool absent_refuses = false;  // absent: refuse instead of send
    bool outage_sends = false;    // unknown or no provider: send instead of refuse
    bool landline_sends = false;  // landline: send instead of refuse
};

struct lookup_verdict {
    std::optional<pinwire::nc_status> nc;  // none: skipped
    lookup_action action = lookup_action::send;
};

// `outcome` is ignored when the policy is skip.
lookup_verdict judge(lookup_policy, lookup_outcome, const lookup_rules&);

// What an action means for the job.
struct lookup_consequence {
    lookup_action action = lookup_action::send;
    std::string_view reason;           // the job's; empty: it goes on
    std::optional<sms_status> sms;     // none: what the carrier says decides
    std::optional<call_status> call;   // the same for a call
    std::string_view nrs360_error_id;  // what the 360NRS API answers; empty: ok
};

const lookup_consequence& consequence_of(lookup_action);

// The table itself, an outcome a row, in the order of the enumerators.
struct lookup_row {
    lookup_outcome outcome;
    nc_status nc;
    lookup_action hlr;              // hlr_lookup 1, by default
    bool lookup_rules::*turned_by;  // the setting that changes it; null: none does
    std::string_view setting;       // its name below [lookup]
    lookup_action hlr_turned;       // hlr_lookup 1 when it is set
    lookup_action nc_needed;        // ncNeeded true
};

std::span<const lookup_row> lookup_table();

std::string_view to_string(lookup_action);

}  // namespace pinwire
