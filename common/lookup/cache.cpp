#include "common/lookup/cache.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace pinwire::lookup {
namespace {

constexpr std::chrono::seconds absent_max = std::chrono::minutes(1);

std::uint64_t key_of(const msisdn& number) {
    const auto& digits = number.digits();
    std::uint64_t key = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), key);
    return key;
}

}  // namespace

cache::cache(std::size_t entries_max, cache_lifetimes lifetimes)
    : entries_max_(entries_max), lifetimes_(lifetimes) {}

std::optional<lookup_result> cache::find(const msisdn& number, time_point now) {
    const auto found = entries_.find(key_of(number));
    if (found == entries_.end()) return std::nullopt;
    if (now >= found->expires_at) {
        forget(found);
        return std::nullopt;
    }
    auto& order = entries_.get<1>();
    order.relocate(order.begin(), entries_.project<1>(found));
    return found->result->first;
}

void cache::store(const msisdn& number, const lookup_result& result, time_point now) {
    const auto key = key_of(number);
    if (const auto older = entries_.find(key); older != entries_.end()) forget(older);
    const auto lifetime = lifetime_of(result);
    if (lifetime <= std::chrono::seconds(0) || entries_max_ == 0) return;
    auto& order = entries_.get<1>();
    if (entries_.size() >= entries_max_) forget(entries_.project<0>(std::prev(order.end())));
    const auto said = results_.try_emplace(result, 0).first;
    ++said->second;
    order.push_front({key, said, now + lifetime});
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

void cache::forget(entries::iterator which) {
    const auto said = which->result;
    entries_.erase(which);
    if (--said->second == 0) results_.erase(said);
}

bool cache::less::operator()(const lookup_result& a, const lookup_result& b) const {
    const auto all = [](const lookup_result& r) {
        return std::tie(
            r.outcome,
            r.mccmnc,
            r.ported,
            r.roaming,
            r.line,
            r.permanent,
            r.error,
            r.provider.str(),
            r.cost_micros,
            r.trouble
        );
    };
    return all(a) < all(b);
}

}  // namespace pinwire::lookup
