#include "callback/endpoint_board.hpp"

#include <algorithm>
#include <cmath>

#include "common/telemetry/log.hpp"

namespace pinwire::callback {
namespace {

using std::chrono::duration;

constexpr std::chrono::minutes idle_for{15};  // a breaker's longest pause, with room to spare
constexpr double memory_s = 300;              // what is older counts for less than a third

double faded(endpoint_board::steady::time_point from, endpoint_board::steady::time_point to) {
    return std::exp(-std::max(0.0, duration<double>(to - from).count()) / memory_s);
}

endpoint_terms terms_from(
    const postgres::endpoint_setting& from, const std::optional<key_ring>& ring
) {
    endpoint_terms made;
    if (from.concurrency) made.concurrency = static_cast<std::size_t>(*from.concurrency);
    made.rate = from.rate;
    made.header = from.header;
    if (from.header.empty()) return made;
    auto clear = postgres::unseal_header(from, ring);
    if (clear) {
        made.value = std::move(*clear);
        return made;
    }
    made.unreadable = true;
    telemetry::log_error(
        "endpoint_secret",
        {{"account", from.name.account},
         {"origin", from.name.origin},
         {"error", std::string(to_string(clear.error()))}}
    );
    return made;
}

}  // namespace

endpoint_standing& endpoint_board::of(const endpoint_key& key, steady::time_point now) {
    auto& found = known_[key];
    found.touched = now;
    return found;
}

const endpoint_standing* endpoint_board::find(const endpoint_key& key) const {
    const auto found = known_.find(key);
    return found == known_.end() ? nullptr : &found->second;
}

void endpoint_board::tried(
    const endpoint_key& key, const try_result& how, steady::time_point now, system::time_point at
) {
    auto& of = known_[key];
    const double keep = faded(of.tried_at, now);
    of.touched = of.tried_at = now;
    of.tries = of.tries * keep + 1;
    of.succeeded = of.succeeded * keep + (how.succeeded ? 1 : 0);
    const auto took = static_cast<double>(how.latency.count());
    of.latency_ms += (took - of.latency_ms) / std::min(of.tries, 20.0);
    if (how.succeeded) {
        of.last_success = at;
        of.failures_to_note = 0;
        const auto known = failing_.find(key);
        if (known == failing_.end() || known->second > at) return;
        failing_.erase(known);
        of.success_to_note = true;
        return;
    }
    of.last_error = how.error;
    if (how.excused) return;
    if (of.failures_to_note++ == 0) of.failing_from = at;
}

void endpoint_board::sweep(
    steady::time_point now, const std::function<bool(const endpoint_key&)>& busy
) {
    std::vector<std::pair<steady::time_point, endpoint_key>> idle;
    for (auto it = known_.begin(); it != known_.end();) {
        const auto& [key, of] = *it;
        const bool news = of.success_to_note || of.failures_to_note > 0;
        if (news || of.is_held() || busy(key)) {
            ++it;
        } else if (now - of.touched >= idle_for) {
            it = known_.erase(it);
        } else {
            idle.emplace_back(of.touched, key);
            ++it;
        }
    }
    if (idle.size() <= idle_max_) return;
    std::sort(idle.begin(), idle.end());
    idle.resize(idle.size() - idle_max_);
    for (const auto& [touched, key] : idle)
        known_.erase(key);
}

void endpoint_board::take(
    const postgres::endpoint_tables& from, const std::optional<key_ring>& ring
) {
    disabled_.clear();
    for (const auto& one : from.disabled)
        disabled_.insert(one.name);
    terms_.clear();
    for (const auto& one : from.settings)
        terms_[one.name] = std::make_shared<const endpoint_terms>(terms_from(one, ring));
    for (auto& [key, of] : known_)
        of.pace.reset();
}

void endpoint_board::take_failing(const std::vector<postgres::failing_endpoint>& all) {
    failing_.clear();
    for (const auto& one : all) {
        failing_[one.name] = one.since;
        // it succeeded here before anybody told us that it had failed elsewhere
        const auto known = known_.find(one.name);
        if (known == known_.end() || known->second.failures_to_note > 0) continue;
        if (known->second.last_success.value_or(system::time_point::min()) < one.since) continue;
        known->second.success_to_note = true;
    }
}

std::shared_ptr<const endpoint_terms> endpoint_board::terms_of(const endpoint_key& key) const {
    const auto found = terms_.find(key);
    return found == terms_.end() ? nullptr : found->second;
}

std::vector<postgres::endpoint_note> endpoint_board::notes() {
    std::vector<postgres::endpoint_note> made;
    for (auto& [key, of] : known_) {
        if (!of.success_to_note && of.failures_to_note == 0) continue;
        postgres::endpoint_note one;
        one.name = key;
        // a failure seen elsewhere before this success is over, too
        one.succeeded_at = of.last_success;
        one.failures = of.failures_to_note;
        one.failing_from = of.failing_from;
        one.last_error = of.last_error;
        made.push_back(std::move(one));
        of.success_to_note = false;
        of.failures_to_note = 0;
    }
    return made;
}

void endpoint_board::untold(const std::vector<postgres::endpoint_note>& notes) {
    for (const auto& one : notes) {
        const auto known = known_.find(one.name);
        if (known == known_.end()) continue;
        auto& of = known->second;
        of.success_to_note = of.success_to_note || one.succeeded_at.has_value();
        const bool over = of.last_success && *of.last_success > one.failing_from;
        if (one.failures == 0 || over) continue;
        of.failures_to_note += one.failures;
        of.failing_from = one.failing_from;
    }
}

std::vector<postgres::endpoint_state> endpoint_board::states(
    std::size_t most,
    steady::time_point now,
    const std::function<void(postgres::endpoint_state&)>& queue
) const {
    std::vector<postgres::endpoint_state> made;
    for (const auto& [key, of] : known_) {
        postgres::endpoint_state one;
        one.name = key;
        queue(one);
        one.breaker = to_string(of.health.state());
        const double keep = faded(of.tried_at, now);
        one.tries = of.tries * keep;
        one.succeeded = of.succeeded * keep;
        one.latency = std::chrono::milliseconds(std::llround(of.latency_ms));
        one.last_error = of.last_error;
        made.push_back(std::move(one));
    }
    const auto rank = [](const postgres::endpoint_state& of) {
        return std::tuple(of.breaker == "closed", -of.queued - of.in_flight, -of.tries);
    };
    const auto end = made.begin() + static_cast<std::ptrdiff_t>(std::min(most, made.size()));
    std::partial_sort(made.begin(), end, made.end(), [&rank](const auto& a, const auto& b) {
        return rank(a) < rank(b);
    });
    made.erase(end, made.end());
    return made;
}

std::size_t endpoint_board::open() const {
    return static_cast<std::size_t>(std::count_if(
        known_.begin(),
        known_.end(),
        [](const auto& one) { return one.second.health.state() != breaker::phase::closed; }
    ));
}

}  // namespace pinwire::callback
