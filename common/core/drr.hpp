// Deficit round robin over endpoints: each gets its fair turn, however much waits for another. Per
// endpoint a bounded queue, a bound on items in flight, and a hold (its breaker is open); an
// endpoint that is full or held leaves the round and costs the others nothing. Items taken along in
// one request (take_more) are paid for in later rounds. An endpoint is forgotten when nothing of it
// waits, flies or is held. One thread; no clock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pinwire {

struct drr_limits {
    std::size_t queued_max = 1000;  // per endpoint
    std::size_t in_flight_max = 4;  // requests per endpoint
    std::size_t quantum = 1;        // items an endpoint may send each round, at least 1
};

template <class Key, class Item>
class drr_queue {
public:
    // How many requests of an endpoint may be in flight; asked when one comes or limits change.
    using window_of = std::function<std::size_t(const Key&)>;

    explicit drr_queue(drr_limits limits, window_of window = nullptr)
        : limits_(limits), window_of_(std::move(window)) {}

    drr_queue(const drr_queue&) = delete;
    drr_queue& operator=(const drr_queue&) = delete;

    // False: the endpoint's queue is full, nothing was taken.
    bool push(const Key& key, Item item) {
        endpoint& to = at(key);
        if (to.queue.size() >= limits_.queued_max) return false;
        to.queue.push_back(std::move(item));
        ++size_;
        enter(key, to);
        return true;
    }

    // What was popped and could not go comes first again, whatever the bound on the queue; its
    // request still has to be done().
    void put_back(const Key& key, Item item) {
        endpoint& to = at(key);
        to.queue.push_front(std::move(item));
        ++size_;
        ++to.deficit;
        enter(key, to);
    }

    // Takes out what stands behind the first `keep`, in order.
    std::vector<Item> trim(const Key& key, std::size_t keep) {
        std::vector<Item> taken;
        const auto found = endpoints_.find(key);
        if (found == endpoints_.end()) return taken;
        endpoint& from = found->second;
        if (from.queue.size() <= keep) return taken;
        const auto first = from.queue.begin() + static_cast<std::ptrdiff_t>(keep);
        taken.assign(std::move_iterator(first), std::move_iterator(from.queue.end()));
        from.queue.erase(first, from.queue.end());
        size_ -= taken.size();
        if (!may_send(from)) leave(from);
        forget_if_idle(found);
        return taken;
    }

    // A request that didn't come out of this queue counts for the endpoint's window until done().
    void begin(const Key& key) {
        endpoint& of = at(key);
        ++of.in_flight;
        if (!may_send(of)) leave(of);
    }

    // Windows may have changed.
    void ask_windows() {
        for (auto& [key, of] : endpoints_) {
            of.window = window(key);
            if (may_send(of)) {
                enter(key, of);
            } else {
                leave(of);
            }
        }
    }

    // Calls tell(key, queued) for each endpoint of which something waits.
    template <class Tell>
    void for_each_waiting(Tell tell) const {
        for (const auto& [key, of] : endpoints_)
            if (!of.queue.empty()) tell(key, of.queue.size());
    }

    // The next item in turn; one more request of its endpoint is in flight until done().
    std::optional<std::pair<Key, Item>> pop() {
        if (round_.empty()) return std::nullopt;
        if (next_payable() == round_.end()) forgive();
        const Key key = *next_payable();
        endpoint& from = endpoints_.find(key)->second;
        Item item = std::move(from.queue.front());
        from.queue.pop_front();
        --size_;
        --from.deficit;
        ++from.in_flight;
        if (!may_send(from))
            leave(from);
        else if (from.deficit <= 0)
            end_turn(from);
        return std::pair<Key, Item>(key, std::move(item));
    }

    // Up to `most` further items of that endpoint that go along in the same request, in order;
    // stops at the first that doesn't fit.
    std::vector<Item> take_more(
        const Key& key, std::size_t most, const std::function<bool(const Item&)>& goes_along
    ) {
        std::vector<Item> taken;
        const auto found = endpoints_.find(key);
        if (found == endpoints_.end()) return taken;
        endpoint& from = found->second;
        while (taken.size() < most && !from.queue.empty() && goes_along(from.queue.front())) {
            taken.push_back(std::move(from.queue.front()));
            from.queue.pop_front();
            --size_;
            --from.deficit;
        }
        if (!may_send(from)) leave(from);
        return taken;
    }

    // A request that pop() began has ended.
    void done(const Key& key) {
        const auto found = endpoints_.find(key);
        if (found == endpoints_.end() || found->second.in_flight == 0) return;
        --found->second.in_flight;
        enter(key, found->second);
        forget_if_idle(found);
    }

    // Nothing more is popped of it until release().
    void hold(const Key& key) {
        endpoint& held = at(key);
        held.held = true;
        leave(held);
    }

    void release(const Key& key) {
        const auto found = endpoints_.find(key);
        if (found == endpoints_.end()) return;
        found->second.held = false;
        enter(key, found->second);
        forget_if_idle(found);
    }

    std::size_t size() const noexcept { return size_; }
    std::size_t endpoints() const noexcept { return endpoints_.size(); }
    std::size_t queued(const Key& key) const {
        const auto found = endpoints_.find(key);
        return found == endpoints_.end() ? 0 : found->second.queue.size();
    }
    std::size_t in_flight(const Key& key) const {
        const auto found = endpoints_.find(key);
        return found == endpoints_.end() ? 0 : found->second.in_flight;
    }

private:
    using round = std::list<Key>;

    struct endpoint {
        std::deque<Item> queue;
        std::size_t window = 0;  // requests in flight at most
        std::size_t in_flight = 0;
        bool held = false;
        long deficit = 0;  // what it may still send this round; below 0: what it owes
        std::optional<typename round::iterator> place;  // in the round
    };

    std::size_t window(const Key& key) const {
        return window_of_ ? window_of_(key) : limits_.in_flight_max;
    }

    endpoint& at(const Key& key) {
        const auto [found, made] = endpoints_.try_emplace(key);
        if (made) found->second.window = window(key);
        return found->second;
    }

    bool may_send(const endpoint& of) const {
        return !of.held && !of.queue.empty() && of.in_flight < of.window;
    }

    long quantum() const { return static_cast<long>(std::max<std::size_t>(limits_.quantum, 1)); }

    void enter(const Key& key, endpoint& of) {
        if (of.place || !may_send(of)) return;
        // Credit isn't saved up while away, debts stay.
        of.deficit = std::min(of.deficit + quantum(), quantum());
        of.place = round_.insert(round_.end(), key);
    }

    void leave(endpoint& of) {
        if (!of.place) return;
        round_.erase(*of.place);
        of.place.reset();
    }

    void end_turn(endpoint& of) {
        of.deficit += quantum();
        round_.splice(round_.end(), round_, *of.place);
    }

    // The first in turn that owes nothing; those that owe wait for the next round.
    typename round::iterator next_payable() {
        for (std::size_t left = round_.size(); left > 0; --left) {
            endpoint& first = endpoints_.find(round_.front())->second;
            if (first.deficit > 0) return round_.begin();
            end_turn(first);
        }
        if (endpoints_.find(round_.front())->second.deficit > 0) return round_.begin();
        return round_.end();
    }

    // All owe: as many rounds at once as the least indebted needs.
    void forgive() {
        long least = endpoints_.find(round_.front())->second.deficit;
        for (const Key& key : round_)
            least = std::max(least, endpoints_.find(key)->second.deficit);
        const long rounds = (quantum() - least) / quantum();
        for (const Key& key : round_)
            endpoints_.find(key)->second.deficit += rounds * quantum();
    }

    void forget_if_idle(typename std::unordered_map<Key, endpoint>::iterator found) {
        const endpoint& of = found->second;
        if (of.queue.empty() && of.in_flight == 0 && !of.held) endpoints_.erase(found);
    }

    drr_limits limits_;
    window_of window_of_;
    std::unordered_map<Key, endpoint> endpoints_;
    round round_;  // keys of the endpoints that may send, in turn
    std::size_t size_ = 0;
};

}  // namespace pinwire
