// One lookup provider at run time: its bound on requests at once, its time, its breaker and its
// figures. Loop thread only; it outlives its callers.
#pragma once

#include <chrono>
#include <memory>

#include "common/config/settings.hpp"
#include "common/core/breaker.hpp"
#include "common/lookup/provider.hpp"
#include "common/runtime/semaphore.hpp"
#include "worker/figures.hpp"
#include "worker/ports.hpp"

namespace pinwire::worker {

// How a provider in trouble is passed over.
breaker_settings breaker_of(const config::lookup_settings&);

class provider_line {
public:
    using time_point = std::chrono::steady_clock::time_point;

    provider_line(
        executor ex,
        const config::provider_settings& from,
        const breaker_settings& health,
        gateway& to,
        const figures& counts
    );

    const provider_name& name() const noexcept { return translator_->config().name; }
    bool covers(const msisdn& number) const { return translator_->covers(number); }
    bool open() const noexcept { return breaker_.state() != breaker::phase::closed; }

    // Its turn with this number: the provider's word, or unknown with the reason. Over at `by` at
    // the latest, and after `timeout`; half of that at most is spent on waiting for a place. A
    // provider whose breaker is open is passed over at once, and so is one that asked for patience,
    // unless it is the `last` that could be asked: that one is waited for, if it leaves the time.
    awaitable<lookup_result> ask(msisdn number, time_point by, bool last);

private:
    class trial;

    awaitable<lookup_result> turn(msisdn number, time_point began, time_point until);
    awaitable<lookup_result> request(msisdn number, time_point until, trial& mine);
    bool throttled(const http_response&);
    void note(const lookup_result&) const;
    void show();

    std::unique_ptr<lookup::provider> translator_;
    std::chrono::milliseconds timeout_;
    semaphore places_;
    std::chrono::seconds patience_max_;
    time_point quiet_until_;  // it asked not to be asked before
    breaker breaker_;
    breaker::phase shown_ = breaker::phase::closed;
    gateway& gateway_;
    const figures& figures_;
    provider_figures counts_;
};

}  // namespace pinwire::worker
