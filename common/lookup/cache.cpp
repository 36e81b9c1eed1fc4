#include "common/lookup/cache.hpp"

#include <algorithm>

namespace pinwire::lookup {
namespace {

constexpr std::chrono::seconds absent_max = std::chrono::minutes(1);

}  // namespace

cache::cache(std::size_t entries_max, cache_lifetimes lifetimes)
    : entries_max_(entries_max), lifetimes_(lifetimes) {}

std::optional<lookup_result> cache::find(const msisdn& number, time_point now) {
    const auto found = entries_.find(number);
    if (found == entries_.end()) return std::nullopt;
    if (now >= found->second->expires_at) {
        forget(number);
        return std::nullopt;
    }
    order_.splice(order_.begin(), order_, found->second);
    return found->second->result;
}

void cache::store(const msisdn& number, const lookup_result& result, time_point now) {
    forget(number);
    const auto lifetime = lifetime_of(result);
    if (lifetime <= std::chrono::seconds(0) || entries_max_ == 0) return;
    if (entries_.size() >= entries_max_) forget(order_.back().number);
    order_.push_front({number, result, now + lifetime});
    entries_.emplace(number, order_.begin());
}

std::chrono::seconds cache::lifetime_of(const lookup_result& result) const {
    const auto absent = std::min(lifetimes_.absent, absent_max);
    switch (result.outcome) {
        case lookup_outcome::reachable:
            return lifetimes_.reachable;
        case lookup_outcome::absent:
            return absent;
        case lookup_outcome::invalid:
            return result.permanent ? lifetimes_.invalid : std::min(lifetimes_.invalid, absent);
        case lookup_outcome::landline:
            return lifetimes_.landline;
        case lookup_outcome::valid_only:
            return lifetimes_.valid_only;
        case lookup_outcome::unknown:
        case lookup_outcome::no_provider:
            break;
    }
    return std::chrono::seconds(0);
}

void cache::forget(const msisdn& number) {
    const auto found = entries_.find(number);
    if (found == entries_.end()) return;
    const auto place = found->second;  // `number` may live in the entry that goes
    entries_.erase(found);
    order_.erase(place);
}

}  // namespace pinwire::lookup
