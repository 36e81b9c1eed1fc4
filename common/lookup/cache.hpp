// What lookups found out, for as long as it may be believed (cache_lifetimes) and for as many
// numbers as fit; the one unused longest goes first. What proves nothing (unknown, no provider) is
// never kept, and an invalid number that may not stay so only as long as an absent one. Pure: `now`
// comes in, any steady clock of the caller's. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

#include "common/core/lookup_outcome.hpp"
#include "common/core/msisdn.hpp"

namespace pinwire::lookup {

// Zero: not kept.
struct cache_lifetimes {
    std::chrono::seconds reachable = std::chrono::minutes(5);
    std::chrono::seconds absent = std::chrono::minutes(1);  // never longer, whatever is set here
    std::chrono::seconds invalid = std::chrono::hours(6);
    std::chrono::seconds landline = std::chrono::hours(6);
    std::chrono::seconds valid_only = std::chrono::hours(6);
};

class cache {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // No entries: keeps nothing.
    explicit cache(std::size_t entries_max, cache_lifetimes lifetimes = {});

    std::optional<lookup_result> find(const msisdn&, time_point now);
    // A newer outcome replaces the older one, also by nothing: unknown forgets what was known.
    void store(const msisdn&, const lookup_result&, time_point now);

    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct entry {
        msisdn number;
        lookup_result result;
        time_point expires_at;
    };
    using order = std::list<entry>;  // used last stands first

    std::chrono::seconds lifetime_of(const lookup_result&) const;
    void forget(const msisdn&);

    std::size_t entries_max_;
    cache_lifetimes lifetimes_;
    order order_;
    std::unordered_map<msisdn, order::iterator> entries_;
};

}  // namespace pinwire::lookup
