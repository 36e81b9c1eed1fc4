// One route's way out, in one process: how many are under way at once (the window), how fast they
// leave (pace), and what waits for its turn, in due order. It says what may leave now or when to
// look again; whoever drives it does the waiting. Pure: both clocks come in. One thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/core/pace.hpp"

namespace pinwire {

// The wall clock says what is due, the steady one how fast.
struct moment {
    std::chrono::system_clock::time_point wall;
    std::chrono::steady_clock::time_point steady;
};

template <class Work>
class route_lane {
public:
    using wall_time = std::chrono::system_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    route_lane(const pinwire::pace& how_fast, std::size_t window)
        : pace_(how_fast), window_(window) {}

    // A place for `parts` parts at once: only when nobody who is due waits, and window and pace
    // allow it. Each place that was taken is given back by leave().
    bool try_enter(moment now, double parts) {
        if (closed_ || under_way_ >= window_) return false;
        // a retry in a minute stands in nobody's way
        if (any_due(now.wall)) return false;
        return take(now, parts);
    }
    void leave() { --under_way_; }
    // Of one that was never sent: the rate is another's.
    void leave_unused(moment now, double parts) {
        leave();
        pace_.put_back(now.steady, parts);
    }

    void hold(wall_time due, double parts, Work work) {
        parts_ += parts;
        waiting_.emplace(due, entry{parts, std::move(work)});
    }

    // The first that is due, if it may leave now; it has its place then.
    std::optional<Work> try_next(moment now) {
        if (closed_ || waiting_.empty() || under_way_ >= window_) return std::nullopt;
        const auto first = waiting_.begin();
        if (first->first > now.wall || !take(now, first->second.parts)) return std::nullopt;
        return pull(first);
    }

    // Takes those off the head of the line that `stale` says, whether or not anything may leave:
    // what is too late must not cost a place or the rate.
    template <class Predicate>
    std::vector<Work> drop_head(Predicate stale) {
        std::vector<Work> out;
        while (!waiting_.empty() && stale(std::as_const(waiting_.begin()->second.work)))
            out.push_back(pull(waiting_.begin()));
        return out;
    }

    // After try_next gave none: when it is worth trying again, if nothing else changes until then.
    // duration::max(): something must change first.
    duration next_after(moment now) {
        if (closed_ || waiting_.empty() || under_way_ >= window_) return duration::max();
        const auto& [due, first] = *waiting_.begin();
        if (due > now.wall) return std::chrono::duration_cast<duration>(due - now.wall);
        const auto at = pace_.next_at(now.steady, first.parts);
        return at == pace::time_point::max() ? duration::max() : at - now.steady;
    }

    // Nothing enters or leaves the line while closed; what waits goes on waiting.
    void set_closed(bool closed) { closed_ = closed; }
    bool closed() const noexcept { return closed_; }

    // Takes out what `which` says of those that wait, at most `limit`.
    template <class Predicate>
    std::vector<Work> remove_if(Predicate which, std::size_t limit) {
        std::vector<Work> out;
        for (auto at = waiting_.begin(); at != waiting_.end() && out.size() < limit;) {
            const auto here = at++;
            if (which(std::as_const(here->second.work))) out.push_back(pull(here));
        }
        return out;
    }

    std::size_t waiting() const noexcept { return waiting_.size(); }
    bool any_due(wall_time now) const {
        return !waiting_.empty() && waiting_.begin()->first <= now;
    }
    double waiting_parts() const noexcept { return std::max(parts_, 0.0); }
    std::size_t under_way() const noexcept { return under_way_; }
    pinwire::pace& pace() noexcept { return pace_; }

private:
    struct entry {
        double parts;
        Work work;
    };
    using line = std::multimap<wall_time, entry>;

    bool take(moment now, double parts) {
        if (!pace_.try_take(now.steady, parts)) return false;
        ++under_way_;
        return true;
    }
    Work pull(typename line::iterator at) {
        auto taken = waiting_.extract(at);
        parts_ -= taken.mapped().parts;
        return std::move(taken.mapped().work);
    }

    pinwire::pace pace_;
    std::size_t window_;
    std::size_t under_way_ = 0;
    double parts_ = 0;
    bool closed_ = false;
    line waiting_;
};

}  // namespace pinwire
