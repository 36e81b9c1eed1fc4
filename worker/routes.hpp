// The routes at run time: which one a number takes, each one's permits (TPS and window) and its
// bounded window of waiting attempts in memory, in due order. What doesn't fit in memory stays in
// the table and is refilled from there. Loop thread only.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/config/settings.hpp"
#include "common/core/breaker.hpp"
#include "common/core/route_choice.hpp"
#include "common/core/token_bucket.hpp"
#include "common/runtime/semaphore.hpp"
#include "common/runtime/wakeup.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

// The right to start one request now. Given back when it goes.
class route_permit {
public:
    route_permit() = default;
    explicit route_permit(semaphore::permit from) : window_(std::move(from)) {}
    bool held() const noexcept { return window_.held(); }

private:
    semaphore::permit window_;
};

class route_line {
public:
    route_line(executor, const config::route_settings&, carrier_name);

    const config::route_settings& config() const noexcept { return settings_; }

    // Only when nobody waits here and TPS and window allow it at once.
    std::optional<route_permit> try_permit();
    // Waits for both; in the order of the calls.
    awaitable<route_permit> permit();

    // Whether one more waiting attempt may be held in memory.
    bool room() const noexcept {
        return waiting_.size() < static_cast<std::size_t>(settings_.queue_max);
    }
    // When an attempt that joins the line now will probably be sent.
    wall_time expected_at(wall_time now) const;
    void hold(attempt_work);  // one that is held already is left as it is
    // It was started, or moved on otherwise: no longer ours to hold.
    void let_go(const attempt_id&);
    std::vector<attempt_id> held_ids() const { return {ours_.begin(), ours_.end()}; }
    std::size_t held() const noexcept { return waiting_.size(); }
    std::size_t free_places() const noexcept;

    // The next attempt whose time has come, as soon as there is one; none: stopping.
    awaitable<std::optional<attempt_work>> next();

    // This worker's part of the route's TPS.
    void set_share(double part);

    // Nothing more leaves; returns what was held, so that it can be given up.
    std::vector<attempt_work> stop();

private:
    config::route_settings settings_;
    token_bucket tps_;
    semaphore window_;
    wakeup changed_;
    std::multimap<wall_time, attempt_work> waiting_;
    std::set<attempt_id> ours_;  // waiting here, or about to be started
    bool stopped_ = false;
};

class routes {
public:
    routes(executor, const config::settings&);

    // The best route for this number that isn't in `refused`; null: none.
    route_line* choose(channel, const msisdn&, const std::vector<route_name>& refused);
    route_line* find(const route_name&);
    std::vector<route_name> names() const;
    void for_each(const std::function<void(route_line&)>&);
    void set_share(double part);

    // Health, as the carrier's answers show it: begin before a request, end with what it said of
    // the carrier. A route in trouble is chosen after the healthy ones, and now and then for a
    // probe; it never is a job's last hope lost.
    breaker::pass begin(const route_name&);
    enum class health { good, bad, silent };
    void end(const route_name&, breaker::pass, health);

private:
    struct entry;
    std::map<route_name, std::shared_ptr<entry>> lines_;
};

}  // namespace pinwire::worker
