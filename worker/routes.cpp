#include "worker/routes.hpp"

#include <algorithm>

#include "common/runtime/deadline.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::worker {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr auto look_again = std::chrono::milliseconds(500);

std::uint32_t random_number() {
    const auto bytes = random_bytes<4>();
    return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
           static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

}  // namespace

route_line::route_line(executor ex, const config::route_settings& from, carrier_name)
    : settings_(from),
      tps_(from.tps, std::max(1.0, from.burst), steady_clock::now()),
      window_(ex, static_cast<std::size_t>(from.window)),
      changed_(ex) {}

std::optional<route_permit> route_line::try_permit() {
    if (stopped_ || settings_.paused || window_.available() == 0) return std::nullopt;
    // nobody overtakes what is due; a retry in a minute stands in nobody's way
    if (!waiting_.empty() && waiting_.begin()->first <= system_clock::now()) return std::nullopt;
    if (!tps_.try_take(steady_clock::now())) return std::nullopt;
    auto place = window_.try_acquire();
    if (!place) return std::nullopt;
    return route_permit(std::move(*place));
}

awaitable<route_permit> route_line::permit() {
    auto place = co_await window_.acquire();
    while (!tps_.try_take(steady_clock::now())) {
        const auto now = steady_clock::now();
        // never longer than a moment: the share may grow meanwhile
        co_await sleep_until(std::min(tps_.next_at(now), now + look_again));
    }
    co_return route_permit(std::move(place));
}

wall_time route_line::expected_at(wall_time now) const {
    const auto rate = std::max(tps_.rate(), 0.001);
    const auto wait = std::chrono::duration<double>(static_cast<double>(waiting_.size()) / rate);
    return now + std::chrono::duration_cast<system_clock::duration>(
                     std::min(wait, std::chrono::duration<double>(3600.0))
                 );
}

std::size_t route_line::free_places() const noexcept {
    const auto most = static_cast<std::size_t>(settings_.queue_max);
    return stopped_ || settings_.paused || waiting_.size() >= most ? 0 : most - waiting_.size();
}

void route_line::hold(attempt_work work) {
    if (stopped_ || !ours_.insert(work.id).second) return;
    const auto at = work.next_at;
    waiting_.emplace(at, std::move(work));
    changed_.notify();
}

void route_line::let_go(const attempt_id& id) {
    ours_.erase(id);
}

awaitable<std::optional<attempt_work>> route_line::next() {
    while (!stopped_) {
        if (waiting_.empty() || settings_.paused) {
            co_await changed_.wait_for(look_again);
            continue;
        }
        const auto wait = waiting_.begin()->first - system_clock::now();
        if (wait > wait.zero()) {
            const auto part = std::min<steady_clock::duration>(wait, look_again);
            co_await changed_.wait_for(part);
            continue;
        }
        auto taken = waiting_.extract(waiting_.begin());
        co_return std::move(taken.mapped());
    }
    co_return std::nullopt;
}

void route_line::set_share(double part) {
    tps_.set_rate(steady_clock::now(), settings_.tps * part, std::max(1.0, settings_.burst * part));
}

std::vector<attempt_work> route_line::stop() {
    stopped_ = true;
    std::vector<attempt_work> held;
    for (auto& [at, work] : waiting_)
        held.push_back(std::move(work));
    waiting_.clear();
    changed_.notify();
    return held;
}

struct routes::entry {
    entry(executor ex, const config::route_settings& from, bool carrier_retired)
        : line(ex, from, from.carrier) {
        choice.name = from.name;
        choice.carrier = from.carrier;
        choice.channel = from.channel;
        choice.prefixes = from.prefixes;
        choice.priority = from.priority;
        choice.weight = static_cast<unsigned>(from.weight);
        choice.retired = carrier_retired || from.paused;
        choice.attempts_max = 1000;  // the steps bound them
    }

    route_line line;
    pinwire::route_settings choice;
    breaker health;
};

routes::routes(executor ex, const config::settings& settings) {
    for (const auto& [name, route] : settings.routes) {
        const auto carrier = settings.carriers.find(route.carrier);
        const bool retired = carrier != settings.carriers.end() && carrier->second.retired;
        lines_.emplace(name, std::make_shared<entry>(ex, route, retired));
    }
}

route_line* routes::choose(
    channel wanted, const msisdn& to, const std::vector<route_name>& refused
) {
    std::vector<const pinwire::route_settings*> all;
    for (const auto& [name, one] : lines_)
        all.push_back(&one->choice);
    std::vector<route_try> tried;
    for (const auto& name : refused) {
        route_try one;
        one.route = name;
        one.attempts = 1;
        one.refused = true;
        tried.push_back(std::move(one));
    }
    const auto now = steady_clock::now();
    const route_health healthy = [this, now](const route_name& name) {
        const auto found = lines_.find(name);
        return found != lines_.end() && found->second->health.would_pass(now);
    };
    const auto* best = choose_route(all, wanted, to, tried, healthy, random_number());
    return best == nullptr ? nullptr : find(best->name);
}

route_line* routes::find(const route_name& name) {
    const auto found = lines_.find(name);
    return found == lines_.end() ? nullptr : &found->second->line;
}

std::vector<route_name> routes::names() const {
    std::vector<route_name> all;
    for (const auto& [name, one] : lines_)
        all.push_back(name);
    return all;
}

void routes::for_each(const std::function<void(route_line&)>& visit) {
    for (auto& [name, one] : lines_)
        visit(one->line);
}

void routes::set_share(double part) {
    for (auto& [name, one] : lines_)
        one->line.set_share(part);
}

breaker::pass routes::begin(const route_name& name) {
    const auto found = lines_.find(name);
    if (found == lines_.end()) return breaker::pass::refused;
    return found->second->health.try_pass(steady_clock::now());
}

void routes::end(const route_name& name, breaker::pass how, health said) {
    const auto found = lines_.find(name);
    if (found == lines_.end() || how == breaker::pass::refused) return;
    const auto now = steady_clock::now();
    if (said == health::good) found->second->health.succeeded(now, how);
    if (said == health::bad) found->second->health.failed(now, how);
    if (said == health::silent) found->second->health.abandoned(now, how);
}

}  // namespace pinwire::worker
