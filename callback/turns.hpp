// Whose turn it is, in memory: reports never tried and those to be tried again go round in lanes of
// their own, so that a flood of retries can't take all the slots; an endpoint's window and hold are
// the same for both. Loop thread only.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "callback/parcel.hpp"
#include "common/core/drr.hpp"

namespace pinwire::callback {

class turns {
public:
    using next = std::pair<endpoint_key, parcel>;
    using window_of = drr_queue<endpoint_key, parcel>::window_of;

    turns(drr_limits limits, window_of window)
        : fresh_(limits, window), again_(limits, std::move(window)) {}

    bool push(const endpoint_key& key, parcel what) {
        auto& to = lane_of(what);
        return to.push(key, std::move(what));
    }

    // One more request of its endpoint is in flight until done(). The lanes take turns.
    std::optional<next> pop(bool retries_too) {
        const bool fresh_first = !retries_too || std::exchange(fresh_next_, !fresh_next_);
        auto found = fresh_first ? pop_of(fresh_, again_) : pop_of(again_, fresh_);
        if (!found && fresh_first && retries_too) found = pop_of(again_, fresh_);
        if (!found && !fresh_first) found = pop_of(fresh_, again_);
        return found;
    }

    // Of those never tried: what goes along in the request of the one that was popped.
    std::vector<parcel> take_more(
        const endpoint_key& key,
        std::size_t most,
        const std::function<bool(const parcel&)>& goes_along
    ) {
        return fresh_.take_more(key, most, goes_along);
    }

    // What was popped and can't go yet.
    void put_back(const endpoint_key& key, parcel what) {
        auto& to = lane_of(what);
        to.put_back(key, std::move(what));
        done(key);
    }
    void done(const endpoint_key& key) {
        fresh_.done(key);
        again_.done(key);
    }
    void hold(const endpoint_key& key) {
        fresh_.hold(key);
        again_.hold(key);
    }
    void release(const endpoint_key& key) {
        fresh_.release(key);
        again_.release(key);
    }
    void ask_windows() {
        fresh_.ask_windows();
        again_.ask_windows();
    }

    // Takes out all but so many of each lane.
    std::vector<parcel> trim(const endpoint_key& key, std::size_t keep) {
        auto taken = fresh_.trim(key, keep);
        auto more = again_.trim(key, keep);
        std::move(more.begin(), more.end(), std::back_inserter(taken));
        return taken;
    }

    std::size_t size() const noexcept { return fresh_.size() + again_.size(); }
    std::size_t queued(const endpoint_key& key) const {
        return fresh_.queued(key) + again_.queued(key);
    }
    std::size_t in_flight(const endpoint_key& key) const { return fresh_.in_flight(key); }
    // Parcels that wait, by endpoint.
    std::unordered_map<endpoint_key, std::size_t> waiting() const {
        std::unordered_map<endpoint_key, std::size_t> all;
        const auto add = [&all](const endpoint_key& key, std::size_t count) { all[key] += count; };
        fresh_.for_each_waiting(add);
        again_.for_each_waiting(add);
        return all;
    }

private:
    using lane = drr_queue<endpoint_key, parcel>;

    lane& lane_of(const parcel& what) { return what.fresh() ? fresh_ : again_; }

    static std::optional<next> pop_of(lane& from, lane& beside) {
        auto found = from.pop();
        if (found) beside.begin(found->first);
        return found;
    }

    lane fresh_;
    lane again_;
    bool fresh_next_ = true;
};

}  // namespace pinwire::callback
