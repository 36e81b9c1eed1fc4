#include "tests/simulation/route_world.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <tuple>

#include "common/core/route_lane.hpp"
#include "common/core/token_bucket.hpp"

namespace pinwire::simulation {
namespace {

using nanoseconds = std::chrono::nanoseconds;
using steady_point = std::chrono::steady_clock::time_point;
using wall_point = std::chrono::system_clock::time_point;

constexpr std::chrono::seconds retry_first{1};
constexpr std::chrono::seconds retry_last{30};

const steady_point steady_start = steady_point(std::chrono::hours(1000));
const wall_point wall_start = wall_point(std::chrono::hours(500'000));

moment at(nanoseconds now) {
    return {wall_start + std::chrono::duration_cast<wall_point::duration>(now), steady_start + now};
}

nanoseconds to_ns(seconds span) {
    return std::chrono::duration_cast<nanoseconds>(span);
}

struct job {
    nanoseconds arrived{0};
    double parts = 1;
    std::vector<bool> tried;
    wall_point due;  // while it is held
    nanoseconds held_at{0};
    int attempts = 0;
    bool later = false;  // somebody said that it may come again
    bool ended = false;
};

// One route in one worker.
struct way {
    way(const route_model& from, const breaker_settings& health)
        : lane(pace(from.tps, from.burst, steady_start), from.window), breaker(health) {}

    route_lane<std::size_t> lane;
    pinwire::breaker breaker;
    nanoseconds wakes_at = nanoseconds::max();
    wall_point last_due;  // of the last one that left its line, and when it did
    nanoseconds last_left_at{0};
};

struct worker {
    std::vector<std::unique_ptr<way>> ways;
    bool alive = false;
};

enum class what { arrival, answer, wake, shares };
struct event {
    nanoseconds at;
    std::uint64_t order;  // of making: keeps equal moments apart
    what kind;
    std::size_t worker = 0;
    std::size_t route = 0;
    std::size_t job = 0;
    breaker::pass pass = breaker::pass::normal;
    double share = 0;

    friend bool operator<(const event& one, const event& other) {
        return std::tie(one.at, one.order) > std::tie(other.at, other.order);
    }
};

class world {
public:
    explicit world(const scenario& of) : of_(of), random_(of.seed) {
        found_.routes.resize(of.routes.size());
        int most = 1;
        for (const auto& one : of.workers)
            most = std::max(most, one.workers);
        workers_.resize(static_cast<std::size_t>(most));
        for (auto& one : workers_)
            for (const auto& route : of.routes)
                one.ways.push_back(std::make_unique<way>(route, of.health));
        for (const auto& route : of.routes) {
            const double takes = std::min(route.carrier.takes, 1e9);
            carriers_.emplace_back(takes, std::max(1.0, takes / 10), steady_start);
            route_candidate one;
            one.terms = &route.terms;
            candidates_.push_back(one);
        }
    }

    findings run() {
        plan_workers();
        plan(nanoseconds(0), what::arrival);
        while (!events_.empty()) {
            const auto next = events_.top();
            events_.pop();
            now_ = next.at;
            take(next);
        }
        for (const auto& one : jobs_)
            if (!one.ended) ++found_.unended;
        found_.measured = found_.lasted - of_.measured_from;
        return found_;
    }

private:
    void plan(nanoseconds when, what kind) {
        event made;
        made.at = when;
        made.kind = kind;
        plan(made);
    }
    void plan(event made) {
        made.order = ++made_;
        events_.push(made);
    }

    // Shares are lowered at once, and raised once it is sure that the others are gone.
    void plan_workers() {
        int before = 0;
        for (const auto& phase : of_.workers) {
            event made;
            made.kind = what::shares;
            made.worker = static_cast<std::size_t>(phase.workers);
            made.at = to_ns(phase.from);
            made.share = before == 0 || phase.workers > before ? 1.0 / phase.workers : 1.0 / before;
            plan(made);
            if (phase.workers < before) {
                made.at += to_ns(of_.share_raised_after);
                made.share = 1.0 / phase.workers;
                plan(made);
            }
            before = phase.workers;
        }
    }

    void take(const event& one) {
        switch (one.kind) {
            case what::arrival:
                arrive();
                break;
            case what::answer:
                answer(one);
                break;
            case what::wake: {
                auto& its = *workers_[one.worker].ways[one.route];
                if (its.wakes_at != one.at) break;
                its.wakes_at = nanoseconds::max();
                serve(one.worker, one.route);
                break;
            }
            case what::shares:
                share(one);
                break;
        }
    }

    void share(const event& one) {
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            workers_[i].alive = i < one.worker;
            for (auto& its : workers_[i].ways)
                its->lane.pace().set_share(at(now_).steady, one.share);
        }
        // what the dead held is taken by the living
        for (std::size_t i = one.worker; i < workers_.size(); ++i)
            for (std::size_t r = 0; r < of_.routes.size(); ++r) {
                auto& lane = workers_[i].ways[r]->lane;
                const auto all = [](std::size_t) { return true; };
                for (const auto left : lane.remove_if(all, lane.waiting()))
                    hold(pick_worker(), r, left, nanoseconds(0));
            }
        for (std::size_t i = 0; i < one.worker; ++i)
            for (std::size_t r = 0; r < of_.routes.size(); ++r)
                serve(i, r);
    }

    std::size_t pick_worker() {
        std::size_t alive = 0;
        for (const auto& one : workers_)
            alive += one.alive ? 1 : 0;
        return std::uniform_int_distribution<std::size_t>(0, alive - 1)(random_);
    }

    void arrive() {
        job made;
        made.arrived = now_;
        made.parts = chance(of_.long_share) ? 3 : 1;
        made.tried.assign(of_.routes.size(), false);
        jobs_.push_back(std::move(made));
        found_.lasted = now_;
        go(pick_worker(), jobs_.size() - 1);
        if (static_cast<std::int64_t>(jobs_.size()) >= of_.jobs) return;
        const seconds gap(std::exponential_distribution<double>(of_.jobs_a_second)(random_));
        plan(now_ + to_ns(gap), what::arrival);
    }

    bool chance(double share) { return std::bernoulli_distribution(share)(random_); }

    std::optional<std::size_t> choose(std::size_t by, const job& of) {
        for (std::size_t r = 0; r < candidates_.size(); ++r) {
            candidates_[r].healthy = workers_[by].ways[r]->breaker.would_pass(at(now_).steady);
            candidates_[r].tried = of.tried[r];
        }
        route_wish wish;
        wish.digits = "34600000000";
        const auto random = static_cast<std::uint32_t>(random_());
        return choose_route(candidates_, wish, of_.among_equals, random);
    }

    // A job's next attempt, whichever it is.
    void go(std::size_t by, std::size_t which) {
        auto& its = jobs_[which];
        if (is_late(which)) return end(which, found_.expired);
        const auto route = choose(by, its);
        if (route) return enter(by, *route, which);
        if (!its.later) return end(which, found_.refused);
        // all said "not now": from the beginning, after a while
        its.tried.assign(of_.routes.size(), false);
        its.later = false;
        auto wait = retry_first;
        for (int i = 1; i < its.attempts && wait < retry_last; ++i)
            wait *= 2;
        if (const auto again = choose(by, its))
            hold(by, *again, which, std::min<nanoseconds>(wait, retry_last));
        else
            end(which, found_.refused);
    }

    void end(std::size_t which, std::int64_t& counts_as) {
        jobs_[which].ended = true;
        ++counts_as;
    }

    bool is_late(std::size_t which) const {
        return now_ >= jobs_[which].arrived + to_ns(of_.send_within);
    }

    void enter(std::size_t by, std::size_t route, std::size_t which) {
        auto& lane = workers_[by].ways[route]->lane;
        if (lane.try_enter(at(now_), jobs_[which].parts)) return send(by, route, which);
        hold(by, route, which, nanoseconds(0));
    }

    void hold(std::size_t by, std::size_t route, std::size_t which, nanoseconds wait) {
        const auto due = at(now_ + wait).wall;
        jobs_[which].due = due;
        jobs_[which].held_at = now_;
        workers_[by].ways[route]->lane.hold(due, jobs_[which].parts, which);
        serve(by, route);
    }

    // Lets go what may leave, and wakes again when there will be more.
    void serve(std::size_t by, std::size_t route) {
        auto& its = *workers_[by].ways[route];
        if (!workers_[by].alive) return;
        const auto late = [this](std::size_t which) { return is_late(which); };
        for (const auto which : its.lane.drop_head(late))
            end(which, found_.expired);
        while (auto next = its.lane.try_next(at(now_))) {
            check_order(its, jobs_[*next]);
            send(by, route, *next);
        }
        const auto wait = its.lane.next_after(at(now_));
        if (wait > std::chrono::hours(10)) return;
        const auto when = now_ + std::max<nanoseconds>(wait, nanoseconds(1));
        if (when >= its.wakes_at) return;
        its.wakes_at = when;
        event made;
        made.at = when;
        made.kind = what::wake;
        made.worker = by;
        made.route = route;
        plan(made);
    }

    // Whoever became due earlier, and was there, has left before.
    void check_order(way& of, const job& next) {
        if (next.due < of.last_due && next.held_at <= of.last_left_at) ++found_.out_of_order;
        of.last_due = next.due;
        of.last_left_at = now_;
    }

    void send(std::size_t by, std::size_t route, std::size_t which) {
        auto& its = jobs_[which];
        auto& way = *workers_[by].ways[route];
        auto& counts = found_.routes[route];
        if (is_late(which)) {
            way.lane.leave();
            return end(which, found_.expired);
        }
        ++its.attempts;
        counts.parts_in_all += its.parts;
        const bool arriving = static_cast<std::int64_t>(jobs_.size()) < of_.jobs;
        if (arriving && now_ >= to_ns(of_.measured_from)) counts.parts += its.parts;
        event made;
        made.at = now_ + of_.routes[route].carrier.latency;
        made.kind = what::answer;
        made.worker = by;
        made.route = route;
        made.job = which;
        made.pass = way.breaker.try_pass(at(now_).steady);
        plan(made);
    }

    void answer(const event& one) {
        const auto& carrier = of_.routes[one.route].carrier;
        auto& its = jobs_[one.job];
        auto& way = *workers_[one.worker].ways[one.route];
        auto& counts = found_.routes[one.route];
        const auto steady = at(now_).steady;
        const bool was_closed = way.breaker.state() == breaker::phase::closed;
        const bool down = seconds(now_) >= carrier.down_from && seconds(now_) < carrier.down_until;
        way.lane.leave();
        if (down || chance(carrier.fails)) {
            ++counts.failed;
            way.breaker.failed(steady, one.pass);
            its.tried[one.route] = true;
            its.later = true;
        } else if (!carriers_[one.route].try_take(steady, its.parts)) {
            ++counts.throttled;
            way.breaker.throttled(steady, one.pass, way.lane.pace().in_vain(steady));
            way.lane.pace().throttled(steady, std::chrono::seconds(0));
            its.tried[one.route] = true;
            its.later = true;
        } else {
            ++counts.sent;
            way.breaker.succeeded(steady, one.pass);
            const seconds waited = now_ - its.arrived;
            found_.longest_wait = std::max(found_.longest_wait, waited);
            if (its.parts > 1)
                found_.longest_wait_of_long = std::max(found_.longest_wait_of_long, waited);
            end(one.job, found_.sent);
        }
        const bool is_closed = way.breaker.state() == breaker::phase::closed;
        if (was_closed != is_closed) ++counts.changes;
        if (!its.ended) go(workers_[one.worker].alive ? one.worker : pick_worker(), one.job);
        serve(one.worker, one.route);
    }

    const scenario& of_;
    std::mt19937_64 random_;
    findings found_;
    std::vector<worker> workers_;
    std::vector<token_bucket> carriers_;
    std::vector<route_candidate> candidates_;
    std::vector<job> jobs_;
    std::priority_queue<event> events_;
    std::uint64_t made_ = 0;
    nanoseconds now_{0};
};

}  // namespace

findings run(const scenario& of) {
    return world(of).run();
}

}  // namespace pinwire::simulation
