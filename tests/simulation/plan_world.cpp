#include "tests/simulation/plan_world.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <tuple>

#include "common/core/plan.hpp"
#include "common/core/route_lane.hpp"
#include "worker/next_step.hpp"

namespace pinwire::simulation {
namespace {

using carriers::verdict;
using std::chrono::nanoseconds;
using steady_point = std::chrono::steady_clock::time_point;
using wall_point = std::chrono::system_clock::time_point;

const steady_point steady_start = steady_point(std::chrono::hours(1000));
const wall_point wall_start = wall_point(std::chrono::hours(500'000));

constexpr nanoseconds never = nanoseconds::max();
constexpr std::chrono::seconds sweep_every{1};
constexpr std::chrono::seconds lease{5};
constexpr std::chrono::seconds skew{2};
constexpr std::chrono::seconds doubt_wait{60};
constexpr std::chrono::seconds taken_over_after{20};
constexpr std::chrono::milliseconds settled_every{250};
constexpr std::chrono::milliseconds commit{8};
constexpr std::size_t sweep_most = 500;

moment at(nanoseconds now) {
    return {wall_start + std::chrono::duration_cast<wall_point::duration>(now), steady_start + now};
}
nanoseconds to_ns(seconds span) {
    return std::chrono::duration_cast<nanoseconds>(span);
}

// As the table has them.
enum class state : std::uint8_t { waiting, sending, in_doubt, sent, not_sent, withdrawn };

struct attempt_row {
    state is = state::waiting;
    bool closed = false;
    bool refused = false;  // surely not sent, and it was tried
    bool resent = false;   // in doubt, and sent again by its route's policy
    bool delivers = false;
    std::int16_t step = 1;
    std::int16_t route = 0;
    std::int32_t worker = 0;
    std::int64_t cost = 0;
    nanoseconds created{0};
    nanoseconds started{0};
};

struct job_row {
    const job* plan = nullptr;
    int parts = 1;
    nanoseconds last_moment{0};
    std::vector<attempt_row> attempts;
    // its due row
    int step = 0;
    nanoseconds step_after = never;  // never: the last one
    nanoseconds step_at = never;     // never: none will begin
    nanoseconds due{0};              // what step_at was before it was leased
    nanoseconds verified = never;
    nanoseconds acknowledged = never;  // when a report of delivery was
    bool delivered = false;            // and it is settled
    bool final = false;
    bool over = false;  // its PIN no longer counts
    bool leased = false;
    plan_end why = plan_end::none;
};

using place = std::pair<std::uint32_t, std::uint16_t>;  // job, attempt

struct way {
    way(const plan_route& from, double share, const breaker_settings& health)
        : lane(pace(from.tps, from.burst, steady_start), from.window), breaker(health) {
        lane.pace().set_share(steady_start, share);
    }
    route_lane<place> lane;
    pinwire::breaker breaker;
    nanoseconds wakes_at = never;
};

struct worker_state {
    std::vector<std::unique_ptr<way>> ways;
    bool alive = true;
};

enum class what : std::uint8_t {
    arrival,
    wake,
    answer,
    report,   // posted, and acknowledged
    settle,   // what was posted
    sweep,    // of one worker
    begin,    // a step that a sweep has chosen
    doubt,    // an attempt in doubt has waited long enough
    adopt,    // an attempt of a dead worker
    deadline  // of an attempt
};

struct event {
    nanoseconds at;
    std::uint64_t order = 0;  // of making: keeps equal moments apart
    std::uint32_t job = 0;
    std::uint16_t attempt = 0;
    std::uint16_t route = 0;
    std::int16_t worker = 0;
    what kind = what::arrival;
    breaker::pass pass = breaker::pass::normal;
    nanoseconds token{0};  // begin: the lease

    friend bool operator<(const event& one, const event& other) {
        return std::tie(one.at, one.order) > std::tie(other.at, other.order);
    }
};

class plan_world {
public:
    explicit plan_world(const plan_scenario& of) : of_(of), random_(of.seed) {
        found_.parts.resize(of.routes.size());
        found_.changes.resize(of.routes.size());
        workers_.resize(static_cast<std::size_t>(of.workers));
        for (auto& one : workers_)
            for (const auto& route : of.routes)
                one.ways.push_back(std::make_unique<way>(route, 1.0 / of.workers, of.health));
        for (const auto& route : of.routes) {
            route_candidate one;
            one.terms = &route.terms;
            candidates_.push_back(one);
        }
        jobs_.reserve(static_cast<std::size_t>(of.jobs));
        timing_.retry_first = std::chrono::seconds(5);
        timing_.retry_max = std::chrono::seconds(60);
    }

    plan_findings run() {
        plan({nanoseconds(0)});
        for (int i = 0; i < of_.workers; ++i) {
            event sweep{nanoseconds(sweep_every) * i / of_.workers};
            sweep.kind = what::sweep;
            sweep.worker = static_cast<std::int16_t>(i);
            plan(sweep);
        }
        event settle{nanoseconds(settled_every)};
        settle.kind = what::settle;
        plan(settle);
        while (!events_.empty()) {
            const auto next = events_.top();
            events_.pop();
            now_ = next.at;
            take(next);
        }
        judge_end();
        return found_;
    }

private:
    // --- events

    void plan(event made) {
        made.order = ++made_;
        events_.push(made);
    }
    event about(what kind, std::uint32_t which, std::size_t attempt, nanoseconds when) const {
        event made{when};
        made.kind = kind;
        made.job = which;
        made.attempt = static_cast<std::uint16_t>(attempt);
        return made;
    }

    void take(const event& one) {
        switch (one.kind) {
            case what::arrival:
                return arrive();
            case what::wake: {
                auto& its = way_of(one.worker, one.route);
                if (its.wakes_at != one.at) return;
                its.wakes_at = never;
                return serve(one.worker, one.route);
            }
            case what::answer:
                return answer(one);
            case what::report:
                return posted_.push_back({one.job, one.attempt});
            case what::settle:
                return settle();
            case what::sweep:
                return sweep(one);
            case what::begin:
                return begin(one);
            case what::doubt:
                return resend(one);
            case what::adopt:
                return adopt(one);
            case what::deadline:
                return close(one);
        }
    }

    bool chance(double share) {
        return share > 0 && std::generate_canonical<double, 32>(random_) < share;
    }
    nanoseconds soon(seconds mean) {
        return to_ns(seconds(std::exponential_distribution<double>(1 / mean.count())(random_)));
    }
    way& way_of(std::size_t worker, std::size_t route) { return *workers_[worker].ways[route]; }
    std::size_t pick_worker() {
        for (;;) {
            const auto one = random_() % workers_.size();
            if (workers_[one].alive) return one;
        }
    }
    bool working() const { return arrived_ < of_.jobs || open_ > 0; }
    void broke(broken which) { ++found_.breaches[static_cast<std::size_t>(which)]; }

    // --- the workers' side

    plan_routes offers(std::size_t by, const job_row& its) {
        return [this, by, &its](channel wanted, const std::vector<route_name>& without) {
            for (std::size_t r = 0; r < candidates_.size(); ++r) {
                auto& one = candidates_[r];
                one.healthy = way_of(by, r).breaker.would_pass(at(now_).steady);
                const auto& name = one.terms->name;
                one.tried = std::find(without.begin(), without.end(), name) != without.end();
            }
            route_wish wish;
            wish.channel = wanted;
            wish.digits = "34600000000";
            const auto draw = static_cast<std::uint32_t>(random_());
            std::optional<plan_offer> offer;
            const auto found = choose_route(candidates_, wish, among_equals::weight, draw);
            if (!found) return offer;
            offer.emplace();
            offer->route = candidates_[*found].terms->name;
            offer->cost = cost_of(*found, its);
            return offer;
        };
    }
    std::int64_t cost_of(std::size_t route, const job_row& its) const {
        const auto& terms = of_.routes[route].terms;
        return terms.price * (terms.channel == channel::voice ? 1 : its.parts);
    }
    std::int16_t index_of(const route_name& name) const {
        std::int16_t r = 0;
        while (of_.routes[static_cast<std::size_t>(r)].terms.name != name)
            ++r;
        return r;
    }

    // plan_tries() of the table: what each attempt up to this one was.
    std::vector<plan_try> tries(const job_row& its, std::size_t up_to) const {
        std::vector<plan_try> made;
        made.reserve(up_to);
        for (std::size_t i = 0; i < up_to; ++i) {
            const auto& row = its.attempts[i];
            plan_try one;
            one.step = row.step;
            one.route = of_.routes[static_cast<std::size_t>(row.route)].terms.name;
            one.refused = row.refused;
            one.cost = counts(row) ? row.cost : 0;
            made.push_back(std::move(one));
        }
        return made;
    }
    static bool counts(const attempt_row& row) {
        return row.is == state::sending || row.is == state::in_doubt || row.is == state::sent;
    }

    void arrive() {
        job_row made;
        made.plan = &of_.plans[random_() % of_.plans.size()];
        made.parts = chance(of_.long_share) ? 3 : 1;
        made.last_moment = now_ + to_ns(of_.send_within);
        jobs_.push_back(std::move(made));
        ++open_;
        found_.lasted = now_;
        const auto which = static_cast<std::uint32_t>(jobs_.size() - 1);
        claim(which);
        if (++arrived_ >= of_.jobs) return;
        plan({now_ + soon(seconds(1 / of_.jobs_a_second))});
    }

    void claim(std::uint32_t which) {
        auto& its = jobs_[which];
        const auto by = pick_worker();
        const auto next = next_in_plan(*its.plan, 0, {}, offers(by, its));
        its.why = next.why;
        if (next.step == 0) {
            its.final = true;
            --open_;
            return;
        }
        set_step(which, next.step, now_);
        insert(by, which, next.step, next.offer, now_);
    }

    void insert(
        std::size_t by, std::uint32_t which, int step, const plan_offer& offer, nanoseconds due
    ) {
        auto& its = jobs_[which];
        attempt_row row;
        row.step = static_cast<std::int16_t>(step);
        row.route = index_of(offer.route);
        row.worker = static_cast<std::int32_t>(by);
        row.cost = offer.cost;
        row.created = now_;
        its.attempts.push_back(row);
        const auto n = its.attempts.size() - 1;
        if (its.attempts.size() > static_cast<std::size_t>(attempts_max(*its.plan)))
            broke(broken::too_many);
        plan(about(what::deadline, which, n, its.last_moment));
        auto& lane = way_of(by, static_cast<std::size_t>(row.route)).lane;
        const place work{which, static_cast<std::uint16_t>(n)};
        const double parts = parts_of(its, row);
        if (due <= now_ && lane.try_enter(at(now_), parts)) return start(by, work);
        lane.hold(at(due).wall, parts, work);
        serve(by, static_cast<std::size_t>(row.route));
    }
    double parts_of(const job_row& its, const attempt_row& row) const {
        const auto& terms = of_.routes[static_cast<std::size_t>(row.route)].terms;
        return terms.channel == channel::voice ? 1 : its.parts;
    }

    void serve(std::size_t by, std::size_t route) {
        auto& its = way_of(by, route);
        if (!workers_[by].alive) return;
        // the sweep takes out what was withdrawn, at the latest when it comes to the head
        const auto stale = [this](const place& work) {
            return jobs_[work.first].attempts[work.second].is != state::waiting;
        };
        its.lane.drop_head(stale);
        while (auto next = its.lane.try_next(at(now_))) {
            start(by, *next);
            its.lane.drop_head(stale);
        }
        const auto wait = its.lane.next_after(at(now_));
        if (wait > std::chrono::hours(10)) return;
        const auto when = now_ + std::max<nanoseconds>(wait, nanoseconds(1));
        if (when >= its.wakes_at) return;
        its.wakes_at = when;
        event made{when};
        made.kind = what::wake;
        made.worker = static_cast<std::int16_t>(by);
        made.route = static_cast<std::uint16_t>(route);
        plan(made);
    }

    // start_sending(): the table judges once more.
    void start(std::size_t by, const place& work) {
        auto& its = jobs_[work.first];
        auto& row = its.attempts[work.second];
        const auto route = static_cast<std::size_t>(row.route);
        auto& way = way_of(by, route);
        if (its.final || row.is != state::waiting || is_over(its)) {
            if (row.is == state::waiting) withdraw_plan(work.first, row);
            return way.lane.leave();
        }
        row.is = state::sending;
        row.started = now_;
        follow(work.first);
        observe(its, row, work.second);
        const double parts = parts_of(its, row);
        if (arrived_ < of_.jobs && now_ >= to_ns(of_.measured_from)) found_.parts[route] += parts;
        auto made =
            about(what::answer, work.first, work.second, now_ + of_.routes[route].carrier.latency);
        made.worker = static_cast<std::int16_t>(by);
        made.pass = way.breaker.try_pass(at(now_).steady);
        plan(made);
    }

    void withdraw_plan(std::uint32_t which, attempt_row& row) {
        row.is = state::withdrawn;
        jobs_[which].over = true;
        settle_up(which);
    }

    void answer(const event& one) {
        auto& its = jobs_[one.job];
        auto& row = its.attempts[one.attempt];
        const auto route = static_cast<std::size_t>(row.route);
        const auto& carrier = of_.routes[route].carrier;
        const auto by = static_cast<std::size_t>(one.worker);
        auto& way = way_of(by, route);
        worker::outcome result;
        const auto draw = std::generate_canonical<double, 32>(random_);
        if (draw < carrier.later)
            result.verdict = verdict::not_sent_later;
        else if (draw < carrier.later + carrier.refused)
            result.verdict = verdict::not_sent_next;
        else if (draw < carrier.later + carrier.refused + carrier.in_doubt)
            result.verdict = verdict::in_doubt;
        else
            result.verdict = verdict::sent;
        const bool took =
            result.verdict == verdict::sent || (result.verdict == verdict::in_doubt && chance(0.5));
        if (took) taken(one.job, one.attempt);
        if (!workers_[by].alive) {  // nobody hears it
            auto later = about(what::adopt, one.job, one.attempt, now_ + taken_over_after);
            return plan(later);
        }
        way.lane.leave();
        const bool was_closed = way.breaker.state() == breaker::phase::closed;
        const bool trouble =
            result.verdict == verdict::not_sent_later || result.verdict == verdict::in_doubt;
        if (trouble)
            way.breaker.failed(at(now_).steady, one.pass);
        else
            way.breaker.succeeded(at(now_).steady, one.pass);
        if (was_closed != (way.breaker.state() == breaker::phase::closed)) ++found_.changes[route];
        record(by, one.job, one.attempt, result);
        serve(by, route);
    }

    // The carrier has it: what will become of it.
    void taken(std::uint32_t which, std::size_t n) {
        auto& its = jobs_[which];
        auto& row = its.attempts[n];
        const auto& carrier = of_.routes[static_cast<std::size_t>(row.route)].carrier;
        const auto draw = std::generate_canonical<double, 32>(random_);
        row.delivers = draw < carrier.delivers;
        const bool reported = draw < carrier.delivers + carrier.fails;
        if (reported) plan(about(what::report, which, n, now_ + soon(carrier.report_after)));
        const bool came = row.delivers || (!reported && chance(carrier.silent));
        if (came && chance(of_.verifies))
            its.verified = std::min(its.verified, now_ + soon(seconds(8)));
    }

    void record(std::size_t by, std::uint32_t which, std::size_t n, const worker::outcome& result) {
        auto& its = jobs_[which];
        auto& row = its.attempts[n];
        if (row.is == state::sent) return;  // a report was quicker
        if (result.verdict == verdict::sent || result.verdict == verdict::in_doubt) {
            const bool doubt = result.verdict == verdict::in_doubt;
            row.is = doubt ? state::in_doubt : state::sent;
            plan(about(what::deadline, which, n, now_ + to_ns(of_.validity)));
            if (doubt && of_.routes[static_cast<std::size_t>(row.route)].carrier.resends) {
                auto later = about(what::doubt, which, n, now_ + doubt_wait);
                later.worker = static_cast<std::int16_t>(by);
                plan(later);
            }
            return settle_up(which);
        }
        row.is = state::not_sent;
        row.refused = true;
        go_on(by, which, n, result, false);
        settle_up(which);
    }

    // What the worker makes of an attempt that surely was not sent, or is waived.
    void go_on(
        std::size_t by,
        std::uint32_t which,
        std::size_t n,
        const worker::outcome& result,
        bool waived
    ) {
        auto& its = jobs_[which];
        const auto row = its.attempts[n];
        if (its.final || n + 1 != its.attempts.size()) return;  // somebody else went on
        worker::progress so_far;
        so_far.route = of_.routes[static_cast<std::size_t>(row.route)].terms.name;
        so_far.attempt_number = static_cast<int>(n) + 1;
        so_far.send_by = at(its.last_moment).wall;
        const auto next = worker::after_in_plan(
            result,
            so_far,
            {*its.plan, row.step, tries(its, n + 1), waived},
            offers(by, its),
            timing_,
            at(now_).wall
        );
        using kind = worker::next_step::kind;
        if (next.what == kind::none) return;
        const auto wait = next.what == kind::now ? nanoseconds(0) : next.at - at(now_).wall;
        plan_offer offer;
        offer.route = next.route;
        offer.cost = cost_of(static_cast<std::size_t>(index_of(next.route)), its);
        if (waived) its.attempts[n].resent = true;
        insert(by, which, row.step, offer, now_ + wait);
    }

    void resend(const event& one) {
        auto& its = jobs_[one.job];
        const auto by = static_cast<std::size_t>(one.worker);
        const bool open =
            its.attempts[one.attempt].is == state::in_doubt && !its.attempts[one.attempt].closed;
        if (!open || its.final || !workers_[by].alive || is_over(its)) return;
        worker::outcome waived;
        waived.verdict = verdict::not_sent_later;
        go_on(by, one.job, one.attempt, waived, true);
        settle_up(one.job);
    }

    // What waited or was under way in a worker that is no more.
    void adopt(const event& one) {
        auto& row = jobs_[one.job].attempts[one.attempt];
        if (row.is == state::sending) {
            row.is = state::in_doubt;
            plan(about(what::deadline, one.job, one.attempt, now_ + to_ns(of_.validity)));
            return settle_up(one.job);
        }
        if (row.is != state::waiting) return;
        const auto by = pick_worker();
        row.worker = static_cast<std::int32_t>(by);
        const auto route = static_cast<std::size_t>(row.route);
        const place work{one.job, one.attempt};
        way_of(by, route).lane.hold(at(now_).wall, parts_of(jobs_[one.job], row), work);
        serve(by, route);
    }

    void die(std::size_t which) {
        workers_[which].alive = false;
        const auto all = [](const place&) { return true; };
        for (auto& its : workers_[which].ways)
            for (const auto& left : its->lane.remove_if(all, its->lane.waiting()))
                plan(about(what::adopt, left.first, left.second, now_ + taken_over_after));
    }

    // --- steps

    void sweep(const event& one) {
        const auto by = static_cast<std::size_t>(one.worker);
        const auto dies = to_ns(of_.faults.worker_dies);
        if (of_.workers > 1 && one.worker == of_.workers - 1 && dies.count() > 0 && now_ >= dies)
            return die(by);
        const bool stalls = chance(of_.faults.stalls);
        for (const auto which : take_steps()) {
            auto begins =
                about(what::begin, which, jobs_[which].attempts.size() - 1, now_ + commit);
            if (stalls) begins.at += lease + std::chrono::seconds(2);
            begins.worker = one.worker;
            begins.token = jobs_[which].step_at;
            plan(begins);
        }
        if (!working()) return;
        auto again = one;
        again.at = now_ + sweep_every + soon(seconds(0.02));  // its own work
        plan(again);
    }

    // Those that are due by what is settled, or whose attempt failed; each leased.
    std::vector<std::uint32_t> take_steps() {
        std::vector<std::uint32_t> due;
        for (auto it = due_.begin(); it != due_.end() && it->first <= now_; ++it) {
            if (due.size() == sweep_most) break;
            if (it->first <= settled_ - skew || !has_open_request(jobs_[it->second]))
                due.push_back(it->second);
        }
        std::vector<std::uint32_t> taken;
        for (const auto which : due) {
            auto& its = jobs_[which];
            if (is_over(its)) {
                its.over = true;
                settle_up(which);
                continue;
            }
            if (!its.leased) its.due = its.step_at;
            its.leased = true;
            move_step(which, now_ + lease);
            taken.push_back(which);
        }
        return taken;
    }
    static bool has_open_request(const job_row& its) {
        return std::any_of(its.attempts.begin(), its.attempts.end(), [](const auto& row) {
            return counts(row) && !row.closed;
        });
    }

    // The choice is made before the commit, as the worker makes it; begin_steps() judges.
    void begin(const event& one) {
        auto& its = jobs_[one.job];
        const auto by = static_cast<std::size_t>(one.worker);
        if (!workers_[by].alive || its.final) return;
        const bool newest = one.attempt + std::size_t(1) == its.attempts.size();
        if (its.step_at != one.token || !newest) return;
        const auto next =
            next_in_plan(*its.plan, its.step, tries(its, its.attempts.size()), offers(by, its));
        its.why = next.why;
        if (next.step == 0 || its.last_moment <= now_) {
            move_step(one.job, never);
            its.step_after = never;
            if (next.why == plan_end::attempts || next.why == plan_end::too_dear) ++found_.limited;
            return settle_up(one.job);
        }
        observe_step(its, next.step);
        auto& before = its.attempts.back();
        if (before.is == state::waiting) {
            before.is = state::not_sent;  // step_over
            ++found_.withdrawn;
        }
        set_step(one.job, next.step, now_);
        insert(by, one.job, next.step, next.offer, now_);
        settle_up(one.job);
    }

    void set_step(std::uint32_t which, int step, nanoseconds from) {
        auto& its = jobs_[which];
        const auto length = length_of_step(*its.plan, step);
        its.step = step;
        its.leased = false;
        its.step_after = length ? nanoseconds(*length) : never;
        move_step(which, length ? from + *length : never);
        ++found_.steps;
    }
    void move_step(std::uint32_t which, nanoseconds when) {
        auto& its = jobs_[which];
        if (its.step_at != never) due_.erase({its.step_at, which});
        its.step_at = when;
        if (when != never) due_.insert({when, which});
    }

    bool is_over(const job_row& its) const {
        return its.last_moment <= now_ || its.verified <= now_ || its.over;
    }

    // follow_plans()
    void follow(std::uint32_t which) {
        auto& its = jobs_[which];
        if (its.step_after == never || its.final) return;
        const auto& row = its.attempts.back();
        const bool failed = row.is == state::not_sent || row.closed;
        if (its.over) {
            its.step_after = never;
            return move_step(which, never);
        }
        if (failed && its.step_at > now_) {
            its.leased = false;
            return move_step(which, now_);
        }
        const auto began = row.is == state::waiting ? row.created : row.started;
        if (!failed && its.step_at != began + its.step_after) {
            its.leased = false;
            move_step(which, began + its.step_after);
        }
    }

    // Follow, fold, close.
    void settle_up(std::uint32_t which) {
        auto& its = jobs_[which];
        if (its.final) return;
        follow(which);
        bool open = its.step_at != never && its.last_moment > now_;
        for (const auto& row : its.attempts)
            open = open || ((row.is == state::waiting || counts(row)) && !row.closed);
        if (open && !its.delivered) return;
        its.final = true;
        --open_;
        for (auto& row : its.attempts)
            if (row.is == state::waiting) row.is = state::withdrawn;
        if (its.delivered)
            ++found_.delivered;
        else if (its.verified <= now_)
            ++found_.verified;
        else
            ++found_.ended;
        observe_end(its);
        move_step(which, never);
    }

    // --- reports and deadlines

    void settle() {
        const auto away = now_ >= to_ns(of_.faults.settler_away_from) &&
                          now_ < to_ns(of_.faults.settler_away_until);
        for (const auto& [which, n] : posted_) {
            auto& its = jobs_[which];
            if (its.attempts[n].delivers) its.acknowledged = std::min(its.acknowledged, now_);
        }
        unsettled_.insert(unsettled_.end(), posted_.begin(), posted_.end());
        posted_.clear();
        if (!away) {
            for (const auto& [which, n] : unsettled_)
                settle_one(which, n);
            unsettled_.clear();
            settled_ = now_;
        }
        if (!working()) return;
        event again{now_ + settled_every};
        again.kind = what::settle;
        plan(again);
    }

    void settle_one(std::uint32_t which, std::size_t n) {
        auto& its = jobs_[which];
        auto& row = its.attempts[n];
        row.is = state::sent;
        row.closed = true;
        its.delivered = its.delivered || row.delivers;
        settle_up(which);
    }

    // A waiting attempt whose time is over, one that was sent without news, and the job's own end.
    void close(const event& one) {
        auto& its = jobs_[one.job];
        if (its.final) return;
        auto& row = its.attempts[one.attempt];
        if (row.is == state::waiting) {
            row.is = state::withdrawn;
            its.over = true;
        } else if (row.is == state::in_doubt || row.is == state::sent) {
            const auto validity_ends = row.started + to_ns(of_.validity);
            if (now_ < validity_ends) return settle_up(one.job);  // it was the job's time only
            // "no news" is judged by what is settled
            if (settled_ < validity_ends + skew)
                return plan(about(what::deadline, one.job, one.attempt, now_ + sweep_every));
            row.closed = true;
        }
        settle_up(one.job);
    }

    // --- the observer

    void observe(const job_row& its, const attempt_row& row, std::size_t n) {
        ++found_.requests;
        if (now_ >= its.last_moment) broke(broken::sent_late);
        if (its.verified <= now_) broke(broken::sent_verified);
        if (its.delivered) broke(broken::sent_delivered);
        std::int64_t spent = 0;
        for (const auto& one : its.attempts)
            if (counts(one)) spent += one.cost;
        if (its.plan->limits.cost > 0 && spent > its.plan->limits.cost) broke(broken::too_dear);
        const bool last = is_last_step(*its.plan, row.step);
        for (std::size_t i = 0; i < n; ++i) {
            const auto& before = its.attempts[i];
            if (before.step > row.step) broke(broken::step_twice);
            const bool may_have_it = counts(before) && !before.resent;
            if (before.step == row.step && may_have_it) broke(broken::sent_twice);
            if (!last && before.refused && before.route == row.route) broke(broken::refused_again);
        }
    }

    void observe_step(const job_row& its, int step) {
        for (const auto& row : its.attempts)
            if (row.step >= step) broke(broken::step_twice);
        const auto& before = its.attempts.back();
        const bool failed = before.is == state::not_sent || before.closed;
        const auto began = before.is == state::waiting ? before.created : before.started;
        if (!failed && now_ < began + its.step_after) broke(broken::step_early);
        if (its.acknowledged <= its.due) broke(broken::step_unheard);
        found_.latest_step = std::max<seconds>(found_.latest_step, now_ - its.due);
    }

    // A plan that ends undelivered has used up something.
    void observe_end(const job_row& its) {
        if (its.delivered || its.over || is_over(its)) return;
        const bool all_steps = its.step == static_cast<int>(its.plan->steps.size());
        if (!all_steps && its.why == plan_end::none) broke(broken::ended_early);
    }

    void judge_end() {
        for (const auto& one : jobs_)
            if (!one.final) broke(broken::never_ended);
        if (!due_.empty()) broke(broken::left_behind);
        for (auto& one : workers_)
            for (auto& its : one.ways)
                for (const auto& left : its->lane.remove_if([](const place&) { return true; }, 1))
                    if (jobs_[left.first].attempts[left.second].is == state::waiting)
                        broke(broken::left_behind);
    }

    const plan_scenario& of_;
    std::mt19937_64 random_;
    plan_findings found_;
    config::timing_settings timing_;
    std::vector<worker_state> workers_;
    std::vector<route_candidate> candidates_;
    std::vector<job_row> jobs_;
    std::set<std::pair<nanoseconds, std::uint32_t>> due_;  // step_at
    std::vector<place> posted_;                            // acknowledged since the last look
    std::vector<place> unsettled_;
    std::priority_queue<event> events_;
    std::uint64_t made_ = 0;
    std::int64_t arrived_ = 0;
    std::int64_t open_ = 0;
    nanoseconds settled_{0};
    nanoseconds now_{0};
};

}  // namespace

plan_findings run(const plan_scenario& of) {
    return plan_world(of).run();
}

}  // namespace pinwire::simulation
