// What lookups found out, for as long as it may be believed (cache_lifetimes) and for as many
// numbers as fit; the one unused longest goes first. What proves nothing (unknown, no provider) is
// never kept, and an invalid number that may not stay so only as long as an absent one. A number
// takes some 80 bytes: what is said of it is kept once for all of whom the same is said. Pure:
// `now` comes in, any steady clock of the caller's. One thread.
#pragma once

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

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
    struct less {
        bool operator()(const lookup_result&, const lookup_result&) const;
    };
    using results = std::map<lookup_result, std::size_t, less>;  // and how many entries say so

    struct entry {
        std::uint64_t number = 0;  // E.164: at most 15 digits, the first of them not 0
        results::iterator result;
        time_point expires_at;
    };
    using by_number = boost::multi_index::hashed_unique<
        boost::multi_index::member<entry, std::uint64_t, &entry::number>>;
    using by_use = boost::multi_index::sequenced<>;  // used last stands first
    using entries =
        boost::multi_index_container<entry, boost::multi_index::indexed_by<by_number, by_use>>;

    std::chrono::seconds lifetime_of(const lookup_result&) const;
    void forget(entries::iterator);

    std::size_t entries_max_;
    cache_lifetimes lifetimes_;
    results results_;
    entries entries_;
};

}  // namespace pinwire::lookup
