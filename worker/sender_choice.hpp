// Whose name stands on the handset: the job's, else the account's, else the route's. A call can
// only show a number, so for voice a name is passed over. Pure.
#pragma once

#include "common/config/settings.hpp"
#include "common/core/job.hpp"

namespace pinwire::worker {

// `account`: null when there is none of that name any more; `route`: null when none is chosen yet.
// Empty: nobody names one.
sender_name choose_sender(
    const job&, const config::account_settings* account, const config::route_settings* route
);

}  // namespace pinwire::worker
