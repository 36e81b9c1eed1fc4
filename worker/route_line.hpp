// One route at run time: its permits (rate and window) and its bounded line of waiting attempts in
// memory, in due order. What doesn't fit in memory stays in the table and is refilled from there.
// The rules are route_lane's; this waits. Loop thread only; permits may outlive the line.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "common/config/settings.hpp"
#include "common/core/route_lane.hpp"
#include "common/runtime/wakeup.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

struct route_place;

// The right to have one request under way. Given back when it goes.
class route_permit {
public:
    route_permit() = default;
    route_permit(std::shared_ptr<route_place> from, int parts)
        : place_(std::move(from)), parts_(parts) {}
    route_permit(route_permit&&) noexcept = default;
    route_permit& operator=(route_permit&& other) noexcept;
    ~route_permit() { release(); }
    bool held() const noexcept { return place_ != nullptr; }
    // Given back as if it had never been: nothing was sent, so another may leave at once.
    void give_back_unused();

private:
    void release();
    void forget_place();
    std::shared_ptr<route_place> place_;
    int parts_ = 0;  // of the route's rate
};

class route_line {
public:
    route_line(executor, const config::route_settings&);
    ~route_line();
    route_line(const route_line&) = delete;
    route_line& operator=(const route_line&) = delete;

    const config::route_settings& config() const noexcept { return settings_; }

    // Only when nobody who is due waits here, and rate and window allow `parts` parts at once.
    std::optional<route_permit> try_permit(int parts = 1);

    // When an attempt that joins the line now will probably be sent, if nothing slows the line
    // down; a minute from now at most.
    wall_time expected_at(wall_time now);
    // One that is held already, or that there is no place for, is left as it is.
    void hold(attempt_work);
    // It was started, or moved on otherwise: no longer ours to hold.
    void let_go(const attempt_id&);
    std::vector<attempt_id> held_ids() const { return {ours_.begin(), ours_.end()}; }
    std::size_t held() const noexcept;
    std::size_t free_places() const noexcept;
    // Something waits here whose time has come.
    bool any_due(wall_time now) const;
    std::size_t under_way() const noexcept;
    std::uint64_t parts() const noexcept;  // of all whose request is over

    struct turn {
        attempt_work work;
        route_permit permit;
    };
    // The next attempt whose time has come, with its permit, as soon as there is one; none:
    // stopping.
    awaitable<std::optional<turn>> next();

    // Takes out of the line what `which` says, at most so many; still ours until let_go.
    std::vector<attempt_work> take_out(
        const std::function<bool(const attempt_work&)>& which, std::size_t limit
    );

    // This worker's part of the route's rate.
    void set_share(double part);
    // The carrier said "too fast", and perhaps how long it wants to be left alone.
    void throttled(std::chrono::seconds wait);
    // All that is sent fails: what has no other way leaves slower, as if the carrier had said so.
    void failing();
    // Something succeeds again: at full pace at once.
    void well_again();
    // While paused nothing leaves and nothing gets a permit.
    void set_paused(bool paused);
    bool paused() const noexcept;
    // 1: nothing slows it down.
    double factor();
    double rate();  // parts a second
    bool slowed_in_vain();

    // Nothing more leaves; returns what was held, so that it can be given up.
    std::vector<attempt_work> stop();

private:
    void drop_late(wall_time now);

    config::route_settings settings_;
    wakeup changed_;
    std::shared_ptr<route_place> place_;
    std::set<attempt_id> ours_;  // waiting here, or about to be started
    bool stopped_ = false;
};

}  // namespace pinwire::worker
