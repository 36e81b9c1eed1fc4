// Step 4: one request for one attempt, and what a carrier says that it made of one (ask.cpp). The
// PIN is unsealed here and nowhere else; the carrier's request is the only clear copy. Nothing
// leaves without heartbeats since its commit, or after the PIN has expired: both are asked in the
// instant before the first byte (P3). Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "common/carriers/carrier.hpp"
#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/upkeep/account_book.hpp"
#include "worker/figures.hpp"
#include "worker/outcome.hpp"
#include "worker/ports.hpp"
#include "worker/routes.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

// Whether this process may start carrier requests at this moment, and which stretch of heartbeats
// this is (upkeep/heartbeat.hpp): what was committed in an earlier one may be another's by now.
struct pulse {
    std::function<bool()> alive;
    std::function<int()> stretch;
};

class send_step {
public:
    send_step(
        const config::settings&,
        const upkeep::account_book&,
        const key_ring&,
        gateway&,
        routes&,
        figures&,
        pulse
    );
    ~send_step();

    // `on_first_byte`: straight before it; the number's next job may start then. `not_after`:
    // nothing leaves then, whatever the PIN's time.
    awaitable<outcome> run(
        const attempt_work&,
        std::function<void()> on_first_byte,
        wall_time not_after = wall_time::max()
    );

    // Asked before the commit that makes an attempt ours to send; goes with it.
    int stretch() const { return pulse_.stretch(); }

    const carriers::carrier* carrier_of(const carrier_name&) const;

    // So long after it began a request of it may still be under way, repeats included.
    std::chrono::milliseconds patience_of(const attempt_work&) const;
    // Whether this attempt's carrier can be asked what became of it, and its answer.
    bool can_ask(const attempt_work&) const;
    awaitable<carriers::inquiry_answer> ask(const attempt_work&);

private:
    carriers::inquiry inquiry_of(const attempt_work&) const;
    std::optional<carriers::order> order_of(
        const attempt_work&, outcome& why_not, std::optional<sender_name>& put_sender
    ) const;
    config::request_times times_of(const attempt_work&) const;
    std::string words_url_of(const attempt_work&, const carriers::order&, secret words) const;
    outcome read(const carriers::carrier&, const attempt_work&, const http::exchange&) const;

    const config::settings& settings_;
    const upkeep::account_book& accounts_;
    const key_ring& keys_;
    gateway& gateway_;
    routes& routes_;
    figures& figures_;
    pulse pulse_;
    std::map<carrier_name, std::unique_ptr<carriers::carrier>> carriers_;
};

}  // namespace pinwire::worker
