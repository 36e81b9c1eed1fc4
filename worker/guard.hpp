// What stands between a job and its sending when nothing is wrong with it: where the operator sends
// nothing to, what is suspended, and how much has been sent already. The first two cost nothing and
// come before the paid lookup; the caps are counted behind it, for what will be sent. A refusal is
// the job's reason: the claim makes it final. Loop thread only.
#pragma once

#include <array>
#include <map>
#include <memory>

#include "common/config/settings.hpp"
#include "common/core/guard.hpp"
#include "common/postgres/guard.hpp"
#include "common/telemetry/metrics.hpp"
#include "common/upkeep/switch_board.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

// Takes a job's places in its counters, all or none. Batched behind it; returns after the commit; a
// lost database is waited for.
class send_counter {
public:
    virtual ~send_counter() = default;
    virtual awaitable<postgres::cap_answer> count(postgres::cap_request) = 0;
};

class guard_step {
public:
    guard_step(
        const config::settings&, const upkeep::switch_board&, send_counter&, telemetry::metrics& to
    );

    void check(arrived&) const;
    awaitable<void> count(looked_up&);

private:
    void refuse(arrived&, refusal) const;
    const cap_table& caps_of(const account_name&) const;

    const config::settings& settings_;
    const upkeep::switch_board& switches_;
    send_counter& counter_;
    destination_guard destinations_;
    std::map<account_name, cap_table> own_caps_;
    std::array<telemetry::counter, std::size(all_refusals)> refused_;
};

}  // namespace pinwire::worker
