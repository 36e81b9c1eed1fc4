// Reports that didn't come are fetched: of one carrier, for attempts that were sent `pull_after`
// ago and still wait. What is fetched goes to pin.dlrs as if it had been posted, and from there the
// same way; this changes no state itself. One worker of several does it, one request at a time and
// at a bounded rate. A carrier that doesn't answer is left alone for a while, longer each time.
// Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/carriers/carrier.hpp"
#include "common/config/settings.hpp"
#include "common/postgres/pulls.hpp"
#include "common/runtime/asio.hpp"
#include "common/telemetry/metrics.hpp"
#include "worker/ports.hpp"

namespace pinwire::worker {

// What it needs of database and broker; the first three may throw postgres::database_error.
class pull_desk {
public:
    virtual ~pull_desk() = default;
    // Whether this worker is the one that asks this carrier.
    virtual awaitable<bool> turn(carrier_name) = 0;
    virtual awaitable<std::vector<postgres::overdue_attempt>> take(postgres::overdue_question) = 0;
    virtual awaitable<void> again(std::vector<attempt_id>, std::chrono::milliseconds in) = 0;
    // To pin.dlrs; false: not all of them were acknowledged.
    virtual awaitable<bool> put(std::vector<dlr>) = 0;
};

class pull_step {
public:
    pull_step(
        const config::settings& from,
        const carrier_name& name,
        gateway& to,
        pull_desk& desk,
        telemetry::metrics& metrics
    );

    // Whether this carrier's reports can be fetched and shall be.
    static bool wanted(const config::settings&, const carrier_name&);

    awaitable<void> run();  // until cancelled

private:
    using attempts = std::vector<postgres::overdue_attempt>;

    awaitable<std::size_t> round();
    // False: it was no use to ask, and the rest isn't asked either.
    awaitable<bool> ask(channel, attempts);
    awaitable<bool> put(channel, const attempts&, std::vector<dlr>);
    std::vector<attempts> portions_of(attempts, channel) const;
    std::vector<dlr> news_of(channel, const attempts&, std::vector<dlr>) const;
    awaitable<void> keep_pace();
    void troubled(const std::string& why, std::chrono::milliseconds at_least);
    void well();

    const config::carrier_settings& how_;
    carrier_name name_;
    std::vector<route_name> routes_;
    std::unique_ptr<carriers::carrier> translator_;
    gateway& gateway_;
    pull_desk& desk_;
    std::chrono::steady_clock::time_point next_;  // request, by the rate
    std::chrono::milliseconds rest_{0};           // after trouble; 0: all is well
    telemetry::counter told_, nothing_, no_answer_, fetched_;
};

}  // namespace pinwire::worker
