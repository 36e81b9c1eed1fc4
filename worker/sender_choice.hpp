// Whose name stands on the handset: the job's, else the account's, else the route's; as far as
// channel and destination allow it (core/sender). Pure.
#pragma once

#include "common/config/settings.hpp"
#include "common/core/job.hpp"

namespace pinwire::worker {

// `account`: null when there is none of that name any more; `route`: null when none is chosen yet.
sender_choice choose_sender(
    const job& of,
    const config::account_settings* account,
    const config::route_settings* route,
    const sender_rules& rules
);

// What is asked for, whatever becomes of it. Empty: nobody names one.
sender_name asked_sender(
    const job&, const config::account_settings* account, const config::route_settings* route
);

}  // namespace pinwire::worker
