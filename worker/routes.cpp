#include "worker/routes.hpp"

#include <algorithm>
#include <utility>

#include "common/config/route_terms.hpp"
#include "common/runtime/random.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::worker {
namespace {

using std::chrono::steady_clock;

// So long a route that is due for a probe is left to the one who was sent to it.
constexpr auto promise = std::chrono::seconds(1);

std::uint32_t seed() {
    const auto bytes = random_bytes<4>();
    return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
           static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

delivery_settings delivery_of(const config::settings& all, const config::route_settings& from) {
    auto made = all.worker.delivery.alarm;
    if (from.confirmed_min >= 0) made.confirmed_min = from.confirmed_min;
    return made;
}

}  // namespace

struct routes::entry {
    entry(executor ex, const config::settings& all, const config::route_settings& from)
        : terms(config::terms_of(all, from)),
          line(std::move(ex), from),
          health(all.worker.health),
          failures_max(all.worker.health.failures_in_row_max),
          watch(delivery_of(all, from)) {
        line.set_paused(line.paused() || terms.retired);
    }

    bool healthy(steady_clock::time_point now) const {
        if (watch.paused(now) || !health.would_pass(now)) return false;
        return health.state() == breaker::phase::closed || now >= promised_until;
    }
    route_condition condition(steady_clock::time_point now) {
        if (terms.retired) return route_condition::retired;
        if (line.paused()) return route_condition::paused;
        if (health.state() == breaker::phase::half_open) return route_condition::probing;
        if (health.state() == breaker::phase::open || watch.paused(now))
            return route_condition::unhealthy;
        return line.factor() < 1 ? route_condition::slowed : route_condition::ready;
    }
    std::string_view reason(steady_clock::time_point now) {
        if (terms.retired) return "carrier_retired";
        if (line.paused()) return line.config().paused ? "configuration" : "operator";
        if (health.state() != breaker::phase::closed) return to_string(health.why());
        if (watch.state() != delivery_watch::alarm::none) return to_string(watch.state());
        if (watch.paused(now)) return "delivery";
        return line.factor() < 1 ? "throttled" : "";
    }
    // The breaker keeps those away that have another way. What has none goes on trying, and must
    // not try ever harder the more of it waits.
    void follow_failures(routes::health said) {
        if (said == routes::health::bad) {
            if (++failed_in_row < failures_max) return;
            line.failing();
            slowed_by_failures = true;
        } else if (said == routes::health::good) {
            if (std::exchange(slowed_by_failures, false)) line.well_again();
            failed_in_row = 0;
        }
    }
    // In trouble is one state, whether or not a probe is under way: for the log.
    bool in_trouble() const { return health.state() != breaker::phase::closed; }

    route_terms terms;
    route_line line;
    breaker health;
    unsigned failures_max;
    unsigned failed_in_row = 0;  // of all requests, whatever the breaker thinks of them
    bool slowed_by_failures = false;
    delivery_watch watch;
    steady_clock::time_point promised_until;
    std::optional<delivery_figures> delivery;
    std::uint64_t throttled = 0;
    std::uint64_t changes = 0;
    bool was_in_trouble = false;
    bool was_paused = false;
};

routes::routes(executor ex, const config::settings& settings)
    : among_equals_(settings.worker.among_equals), random_(seed()) {
    for (const auto& [name, route] : settings.routes) {
        places_.emplace(name, entries_.size());
        entries_.push_back(std::make_shared<entry>(ex, settings, route));
        route_candidate one;
        one.terms = &entries_.back()->terms;
        candidates_.push_back(one);
    }
}

routes::entry* routes::entry_of(const route_name& name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? nullptr : entries_[found->second].get();
}

void routes::prepare(const std::vector<route_name>& refused) {
    const auto now = steady_clock::now();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto& one = candidates_[i];
        one.healthy = entries_[i]->healthy(now);
        one.paused = entries_[i]->line.paused();
        one.tried = std::find(refused.begin(), refused.end(), one.terms->name) != refused.end();
    }
}

route_line* routes::choose(const route_wish& wish, const std::vector<route_name>& refused) {
    prepare(refused);
    const auto random = static_cast<std::uint32_t>(random_());
    const auto found = choose_route(candidates_, wish, among_equals_, random);
    if (!found) return nullptr;
    auto& chosen = *entries_[*found];
    if (chosen.in_trouble() && candidates_[*found].healthy)
        chosen.promised_until = steady_clock::now() + promise;
    return &chosen.line;
}

route_line* routes::better_than(
    const route_name& now_on, const route_wish& wish, const std::vector<route_name>& refused
) {
    const auto* present = entry_of(now_on);
    if (present == nullptr) return nullptr;
    const bool paused = present->line.paused();
    if (!paused && present->healthy(steady_clock::now())) return nullptr;
    prepare(refused);
    const auto random = static_cast<std::uint32_t>(random_());
    const auto found = choose_route(candidates_, wish, among_equals_, random);
    if (!found || entries_[*found].get() == present) return nullptr;
    const auto& other = candidates_[*found];
    const bool better = !other.paused && (paused || other.healthy);
    return better ? &entries_[*found]->line : nullptr;
}

bool routes::well(const route_name& name) const {
    const auto* found = entry_of(name);
    return found != nullptr && !found->line.paused() && found->healthy(steady_clock::now());
}

route_line* routes::find(const route_name& name) {
    auto* found = entry_of(name);
    return found == nullptr ? nullptr : &found->line;
}

std::vector<route_name> routes::names() const {
    std::vector<route_name> all;
    for (const auto& [name, place] : places_)
        all.push_back(name);
    return all;
}

void routes::for_each(const std::function<void(route_line&)>& visit) {
    for (auto& one : entries_)
        visit(one->line);
}

void routes::set_share(double part) {
    for (auto& one : entries_)
        one->line.set_share(part);
}

void routes::look_again() {
    for (auto& one : entries_) {
        const auto& from = one->line.config();
        one->line.set_paused(
            from.paused || one->terms.retired || (is_paused_ && is_paused_(from.name))
        );
        const bool paused = one->line.paused();
        const bool trouble = one->in_trouble();
        if (paused == one->was_paused && trouble == one->was_in_trouble) continue;
        one->was_paused = paused;
        one->was_in_trouble = trouble;
        ++one->changes;
        const auto now = steady_clock::now();
        telemetry::log_warn(
            "route",
            {{"route", from.name},
             {"condition", to_string(one->condition(now))},
             {"reason", one->reason(now)}}
        );
    }
}

breaker::pass routes::begin(const route_name& name) {
    auto* found = entry_of(name);
    if (found == nullptr) return breaker::pass::refused;
    return found->health.try_pass(steady_clock::now());
}

void routes::end(const route_name& name, breaker::pass how, health said) {
    auto* found = entry_of(name);
    if (found == nullptr) return;
    found->follow_failures(said);
    if (how == breaker::pass::refused) return;
    const auto now = steady_clock::now();
    if (said == health::good) found->health.succeeded(now, how);
    if (said == health::bad) found->health.failed(now, how);
    if (said == health::throttled) found->health.throttled(now, how, found->line.slowed_in_vain());
    if (said == health::silent) found->health.abandoned(now, how);
}

void routes::throttled(const route_name& name, std::chrono::seconds wait) {
    auto* found = entry_of(name);
    if (found == nullptr) return;
    ++found->throttled;
    found->line.throttled(wait);
}

void routes::note_delivery(const route_name& name, const delivery_figures& figures) {
    auto* found = entry_of(name);
    if (found == nullptr) return;
    const auto now = steady_clock::now();
    found->delivery = figures;
    if (!found->watch.look(now, figures)) return;
    telemetry::log_warn(
        "route_delivery",
        {{"route", name},
         {"alarm", to_string(found->watch.state())},
         {"sent", figures.sent},
         {"confirmed", figures.confirmed},
         {"late_ms", figures.late.count()},
         {"paused", found->watch.paused(now)}}
    );
}

steady_clock::time_point routes::delivery_counts_from(const route_name& name) const {
    const auto* found = entry_of(name);
    return found == nullptr ? steady_clock::time_point::min() : found->watch.counts_from();
}

std::vector<route_report> routes::report() {
    const auto now = steady_clock::now();
    std::vector<route_report> all;
    for (auto& one : entries_) {
        route_report made;
        made.name = one->terms.name;
        made.condition = one->condition(now);
        made.reason = one->reason(now);
        made.rate = one->line.rate();
        made.factor = one->line.factor();
        made.errors = one->health.failures_share(now);
        made.waiting = one->line.held();
        made.under_way = one->line.under_way();
        made.parts = one->line.parts();
        made.throttled = one->throttled;
        made.changes = one->changes;
        made.delivery = one->delivery;
        made.alarm = one->watch.state();
        all.push_back(std::move(made));
    }
    return all;
}

route_wish wish_of(const job& of, std::string_view network) {
    route_wish made;
    made.channel = of.channel;
    made.account = of.account.view();
    made.digits = of.to.digits();
    made.network = network;
    return made;
}

route_wish wish_of(const attempt_work& work) {
    return wish_of(work.job, work.network);
}

}  // namespace pinwire::worker
