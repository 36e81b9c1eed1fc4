// Step 2: the number lookup, by the job's policy. Repeatable, so it needs no claim: cache, then the
// twin that is already asking, then the providers in order, all within one deadline. Loop thread
// only.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "common/config/settings.hpp"
#include "common/lookup/cache.hpp"
#include "common/lookup/provider.hpp"
#include "common/runtime/semaphore.hpp"
#include "worker/figures.hpp"
#include "worker/ports.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

class look_up_step {
public:
    look_up_step(executor, const config::settings&, gateway&, figures&);
    ~look_up_step();

    awaitable<looked_up> run(arrived);

private:
    struct twin;
    struct source {
        std::unique_ptr<lookup::provider> translator;
        std::chrono::milliseconds timeout;
        std::unique_ptr<semaphore> in_flight;
    };

    awaitable<lookup_result> find(msisdn);
    awaitable<lookup_result> ask_all(msisdn);
    awaitable<lookup_result> ask(source&, msisdn, std::chrono::steady_clock::time_point by);

    executor executor_;
    lookup_rules rules_;
    std::chrono::milliseconds deadline_;
    std::vector<source> sources_;
    lookup::cache cache_;
    std::map<msisdn, std::shared_ptr<twin>> asking_;
    gateway& gateway_;
    figures& figures_;
};

}  // namespace pinwire::worker
