// Step 2: the number lookup, by the job's policy. Repeatable, so it needs no claim: cache, then the
// twin that is already asking, then the chain of providers in their order, all within one deadline.
// Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/config/settings.hpp"
#include "common/lookup/cache.hpp"
#include "worker/figures.hpp"
#include "worker/ports.hpp"
#include "worker/provider_line.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

class look_up_step {
public:
    look_up_step(executor, const config::settings&, gateway&, figures&);
    ~look_up_step();

    // Which providers an operator has paused: they are left out of the chain.
    void pause_by(std::function<bool(const provider_name&)> paused) { paused_ = std::move(paused); }

    awaitable<looked_up> run(arrived);

    // What /readyz should say: no provider at all, or those whose breaker is open; empty: all well.
    std::string doubts() const;

private:
    struct twin;

    awaitable<lookup_result> find(msisdn);
    awaitable<lookup_result> ask_all(msisdn);
    bool is_paused(const provider_line&) const;
    bool another_after(std::size_t i, const msisdn&) const;

    executor executor_;
    lookup_rules rules_;
    std::chrono::milliseconds deadline_;
    std::vector<std::unique_ptr<provider_line>> chain_;
    lookup::cache cache_;
    std::map<msisdn, std::shared_ptr<twin>> asking_;
    figures& figures_;
    std::function<bool(const provider_name&)> paused_;
};

}  // namespace pinwire::worker
