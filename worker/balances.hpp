// What the operator has left with each carrier that can be asked: every few minutes, by one worker
// of all, as a metric and a warning. Off the hot path and of no consequence for it: a carrier
// without an answer costs a count, never a message. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "common/carriers/carrier.hpp"
#include "common/config/settings.hpp"
#include "common/runtime/asio.hpp"
#include "common/telemetry/metrics.hpp"
#include "worker/ports.hpp"

namespace pinwire::worker {

class balances {
public:
    // `turn`: whether this worker is the one to ask; may throw postgres::database_error.
    balances(
        const config::settings&,
        gateway&,
        telemetry::metrics&,
        std::function<awaitable<bool>()> turn,
        std::chrono::milliseconds every = std::chrono::minutes(5)
    );

    awaitable<void> run();  // until cancelled

private:
    struct asked {
        std::unique_ptr<carriers::carrier> translator;
        double warn_below = 0;  // 0: it isn't looked at
        bool low = false;
        bool unknown = false;  // it was asked last and not told: said once
        telemetry::counter failures;
    };

    awaitable<void> ask(const carrier_name& name, asked& one);
    void note(const carrier_name& name, asked& one, const carriers::balance& left);

    gateway& gateway_;
    telemetry::metrics& metrics_;
    std::function<awaitable<bool>()> turn_;
    std::chrono::milliseconds every_;
    std::map<carrier_name, asked> asked_;
};

}  // namespace pinwire::worker
