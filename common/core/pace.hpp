// How fast a route is used: its share of the configured rate, in parts of messages, slowed down
// when the carrier says "too fast" (by three tenths, at most once a second, never below a floor),
// and sped up again by a little each second (so that it settles just below what the carrier takes).
// Pure: now comes in, from a steady clock. One thread.
#pragma once

#include <chrono>

#include "common/core/token_bucket.hpp"

namespace pinwire {

class pace {
public:
    using time_point = token_bucket::time_point;
    using duration = std::chrono::steady_clock::duration;

    // Parts a second, and at once after a pause.
    pace(double rate, double burst, time_point now);

    // This process's part of the rate, 0 to 1.
    void set_share(time_point now, double part);

    bool try_take(time_point now, double parts);
    // They were taken, and nothing left.
    void put_back(time_point now, double parts) { tokens_.put_back(now, parts); }
    // From when on they can be taken; time_point::max(): never.
    time_point next_at(time_point now, double parts);

    // The carrier throttled. `wait`: how long it asked to be left alone; 0: it didn't say.
    void throttled(time_point now, duration wait);

    // What slowed it down is over: its whole share at once.
    void forgive(time_point now);

    // It has slowed down so far already that slowing down seems to be no help.
    bool in_vain(time_point now) { return factor(now) <= vain; }

    // How much of its share it uses: 1 when nothing slows it down.
    double factor(time_point now);
    // Parts a second that leave at most; while the carrier wants to be left alone: afterwards.
    double rate(time_point now);
    // Until when the carrier wants to be left alone; a moment that is over: it doesn't.
    time_point quiet_until() const noexcept { return quiet_until_; }

    static constexpr double floor = 0.02;  // of the share
    static constexpr double vain = 0.1;    // likewise
    static constexpr double back_each_second = 0.02;
    static constexpr std::chrono::seconds wait_max{60};

private:
    void adapt(time_point now);

    double rate_;
    double burst_;
    double share_ = 1;
    double factor_ = 1;
    time_point adapted_at_;
    time_point cut_at_;
    time_point quiet_until_;
    token_bucket tokens_;
};

}  // namespace pinwire
