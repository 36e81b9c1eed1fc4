// Plans over many jobs in virtual time. A failing seed is printed: PINWIRE_SIMULATION_SEED=N runs
// that one alone, PINWIRE_SIMULATION_JOBS=N sets how many jobs there are in all (default
// 1,000,000).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include "common/core/plan.hpp"
#include "tests/simulation/plan_world.hpp"

namespace pinwire::simulation {
namespace {

std::int64_t number_of(const char* name, std::int64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoll(text);
}

const char* name_of(broken which) {
    static constexpr const char* names[] = {
        "sent_late",
        "sent_verified",
        "sent_delivered",
        "sent_twice",
        "step_twice",
        "step_early",
        "step_unheard",
        "refused_again",
        "too_many",
        "too_dear",
        "never_ended",
        "ended_early",
        "left_behind"};
    static_assert(std::size(names) == static_cast<std::size_t>(broken::count_of_promises));
    return names[static_cast<std::size_t>(which)];
}

// s: an SMS, v: a call.
job planned(std::string_view steps, int after = 20, plan_limits limits = {}) {
    job made;
    for (const char one : steps) {
        plan_step step;
        step.channel = one == 'v' ? channel::voice : channel::sms;
        step.after = std::chrono::seconds(after);
        made.steps.push_back(step);
    }
    made.steps.back().after = std::chrono::seconds(0);
    made.limits = limits;
    return made;
}

plan_route route(const std::string& name, channel takes, double tps, std::int64_t price = 10) {
    plan_route made;
    made.terms.name = route_name(name);
    made.terms.channel = takes;
    made.terms.price = price;
    made.tps = tps;
    made.burst = std::max(3.0, tps / 10);
    return made;
}

// Two ways for messages, one for calls, and room on each.
plan_scenario calm(std::uint64_t seed) {
    plan_scenario made;
    made.seed = seed;
    made.health.probes_needed = 3;
    made.health.remembered = std::chrono::minutes(10);
    made.routes = {
        route("first", channel::sms, 1000),
        route("second", channel::sms, 1000, 20),
        route("calls", channel::voice, 1000, 50)};
    made.routes[1].terms.priority = 1;
    made.plans = {planned("ssv"), planned("sv", 5), planned("s"), planned("sssvv", 30)};
    return made;
}

double changes_allowed(seconds span, int workers) {
    return workers * (14 + 2 * span.count() / 300);
}

class Plans : public testing::TestWithParam<std::uint64_t> {
protected:
    Plans() : only_(number_of("PINWIRE_SIMULATION_SEED", 0)) {}
    void SetUp() override {
        if (only_ != 0 && static_cast<std::uint64_t>(only_) != GetParam())
            GTEST_SKIP() << "PINWIRE_SIMULATION_SEED names another";
    }

    // What holds in every world.
    plan_findings run_checked(const plan_scenario& of) {
        const auto found = run(of);
        for (std::size_t i = 0; i < found.breaches.size(); ++i)
            EXPECT_EQ(found.breaches[i], 0) << name_of(static_cast<broken>(i));
        EXPECT_LE(found.delivered + found.verified + found.ended, of.jobs);
        const auto until = found.lasted + of.send_within;
        const auto measured = found.lasted - of.measured_from;
        for (std::size_t r = 0; r < of.routes.size(); ++r) {
            const auto& its = of.routes[r];
            const auto bursts = (its.burst + 3) * of.workers;
            EXPECT_LE(found.parts[r], its.tps * measured.count() * 1.01 + bursts) << r;
            EXPECT_LE(static_cast<double>(found.changes[r]), changes_allowed(until, of.workers));
        }
        EXPECT_FALSE(HasFailure()) << "failing seed: " << GetParam();
        return found;
    }
    // The worlds' share of all jobs, of which the other half is the routes' own.
    static std::int64_t jobs() {
        return number_of("PINWIRE_SIMULATION_JOBS", 1'000'000) / 2 / (seeds * worlds);
    }

    static constexpr std::int64_t seeds = 8;
    static constexpr std::int64_t worlds = 7;

private:
    std::int64_t only_;
};

TEST_P(Plans, GoThroughAllTheirStepsWhileNobodySaysAnything) {
    auto of = calm(GetParam());
    of.jobs = jobs();
    of.send_within = seconds(900);
    of.workers = 2;
    const auto found = run_checked(of);
    EXPECT_EQ(found.ended, of.jobs);
    EXPECT_EQ(found.requests, found.steps) << "one request a step";
    EXPECT_GT(found.steps, of.jobs * 2);
    EXPECT_LT(found.latest_step, seconds(4.5)) << "2 s of skew, a sweep each second";
}

TEST_P(Plans, StopAtTheFirstStepThatIsDelivered) {
    auto of = calm(GetParam());
    of.jobs = jobs();
    for (auto& one : of.routes) {
        one.carrier.delivers = 1;
        one.carrier.report_after = seconds(0.3);
    }
    const auto found = run_checked(of);
    EXPECT_EQ(found.delivered, of.jobs);
    EXPECT_LE(found.requests, of.jobs + of.jobs / 1000);
}

TEST_P(Plans, StopWhenThePinIsVerifiedThoughNoReportComes) {
    auto of = calm(GetParam());
    of.jobs = jobs();
    of.verifies = 0.9;
    of.workers = 3;
    for (auto& one : of.routes) {
        one.carrier.delivers = 0.3;
        one.carrier.silent = 0.5;
        one.carrier.report_after = seconds(30);
    }
    const auto found = run_checked(of);
    EXPECT_GT(found.verified, of.jobs / 4);
    EXPECT_EQ(found.delivered + found.verified + found.ended, of.jobs);
}

TEST_P(Plans, KeepWithinAttemptsAndMoney) {
    auto of = calm(GetParam());
    of.jobs = jobs();
    of.plans = {
        planned("ssssv", 10, {2, 0}),
        planned("ssvv", 10, {0, 35}),
        planned("ssssssss", 5, {5, 60}),
        planned("vsvs", 10, {3, 120})};
    for (auto& one : of.routes) {
        one.carrier.later = 0.2;
        one.carrier.in_doubt = 0.1;
        one.carrier.delivers = 0.2;
        one.carrier.resends = true;
    }
    const auto found = run_checked(of);
    EXPECT_GT(found.limited, of.jobs / 4);
}

TEST_P(Plans, HoldTheirRatesWithinOnePercentAndGoRoundAFullRoute) {
    auto of = calm(GetParam());
    of.jobs = std::max<std::int64_t>(jobs(), 15'000);
    of.workers = static_cast<int>(1 + GetParam() % 4);
    of.routes[0].tps = 40;
    of.routes[1].tps = 55;
    of.routes[0].burst = of.routes[1].burst = 5;
    of.plans = {planned("ssv")};
    of.jobs_a_second = 150;
    of.measured_from = seconds(30);  // the first second steps begin after 24
    const auto found = run_checked(of);
    const auto measured = (found.lasted - of.measured_from).count();
    // the second is for the steps that the first hasn't taken
    for (const std::size_t r : {std::size_t(0), std::size_t(1)})
        EXPECT_NEAR(
            found.parts[r], of.routes[r].tps * measured, of.routes[r].tps * measured * 0.01 + 4
        ) << r;
    EXPECT_GT(found.withdrawn, 0) << "a step that waits too long is over";
    EXPECT_LT(found.latest_step, seconds(4.5));
}

TEST_P(Plans, OutliveWorkersThatDieOrStallAndASettlerThatIsAway) {
    auto of = calm(GetParam());
    of.jobs = std::max<std::int64_t>(jobs(), 6'000);
    of.workers = 4;
    of.verifies = 0.5;
    of.faults.worker_dies = seconds(20);
    of.faults.stalls = 0.05;
    of.faults.settler_away_from = seconds(30);
    of.faults.settler_away_until = seconds(90);
    for (auto& one : of.routes) {
        one.carrier.delivers = 0.5;
        one.carrier.fails = 0.2;
        one.carrier.later = 0.05;
        one.carrier.in_doubt = 0.02;
        one.carrier.report_after = seconds(15);
    }
    const auto found = run_checked(of);
    EXPECT_EQ(found.delivered + found.verified + found.ended, of.jobs);
    EXPECT_GT(found.delivered, of.jobs / 3);
}

plan_route any_route(int which, std::mt19937_64& random) {
    const auto pick = [&random](double from, double to) {
        return std::uniform_real_distribution<double>(from, to)(random);
    };
    const auto takes = pick(0, 1) < 0.3 ? channel::voice : channel::sms;
    auto one = route("r" + std::to_string(which), takes, pick(5, 200));
    one.terms.priority = static_cast<int>(pick(0, 2));
    one.terms.weight = 1 + static_cast<unsigned>(pick(0, 5));
    one.terms.price = static_cast<std::int64_t>(pick(0, 60));
    one.window = static_cast<std::size_t>(pick(5, 200));
    one.carrier.latency = std::chrono::milliseconds(static_cast<int>(pick(5, 2000)));
    if (pick(0, 1) < 0.5) one.carrier.later = pick(0, 0.8);
    if (pick(0, 1) < 0.3) one.carrier.refused = pick(0, 0.2);
    if (pick(0, 1) < 0.3) one.carrier.in_doubt = pick(0, 0.2);
    one.carrier.delivers = pick(0, 0.8);
    one.carrier.fails = pick(0, 0.2);
    one.carrier.silent = pick(0, 1);
    one.carrier.report_after = seconds(pick(0.5, 40));
    one.carrier.resends = pick(0, 1) < 0.3;
    return one;
}

job any_plan(std::mt19937_64& random) {
    const auto below = [&random](std::uint64_t most) { return random() % most; };
    std::string steps;
    for (auto left = 1 + below(plan_steps_max); left > 0; --left)
        steps += below(3) == 0 ? 'v' : 's';
    plan_limits limits;
    if (below(3) == 0) limits.attempts = 1 + static_cast<int>(below(8));
    if (below(3) == 0) limits.cost = 1 + static_cast<std::int64_t>(below(300));
    return planned(steps, 1 + static_cast<int>(below(60)), limits);
}

// Any world: what holds always, holds.
TEST_P(Plans, AnyWorldKeepsItsPromises) {
    std::mt19937_64 random(GetParam() * 104'729);
    const auto pick = [&random](double from, double to) {
        return std::uniform_real_distribution<double>(from, to)(random);
    };
    auto of = calm(GetParam());
    of.routes.clear();
    const int count = 1 + static_cast<int>(pick(0, 6));
    for (int i = 0; i < count; ++i)
        of.routes.push_back(any_route(i, random));
    of.plans.clear();
    for (int i = 0; i < 12; ++i)
        of.plans.push_back(any_plan(random));
    of.workers = 1 + static_cast<int>(pick(0, 4));
    of.jobs_a_second = pick(5, 300);
    of.jobs = jobs();
    of.send_within = seconds(pick(30, 900));
    of.validity = seconds(pick(30, 200));
    of.verifies = pick(0, 1);
    of.faults.stalls = pick(0, 0.1);
    if (pick(0, 1) < 0.5) of.faults.worker_dies = seconds(pick(1, 60));
    if (pick(0, 1) < 0.5) {
        of.faults.settler_away_from = seconds(pick(0, 60));
        of.faults.settler_away_until = of.faults.settler_away_from + seconds(pick(0, 120));
    }
    run_checked(of);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Plans, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace pinwire::simulation
