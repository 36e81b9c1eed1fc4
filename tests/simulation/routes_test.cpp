// Route choice, breakers, rates and lines over many jobs in virtual time. A failing seed is
// printed: PINWIRE_SIMULATION_SEED=N runs that one alone, PINWIRE_SIMULATION_JOBS=N sets how many
// jobs there are in all (default 1,000,000).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/simulation/route_world.hpp"

namespace pinwire::simulation {
namespace {

std::int64_t number_of(const char* name, std::int64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoll(text);
}

std::int64_t jobs_in_all() {
    return number_of("PINWIRE_SIMULATION_JOBS", 1'000'000);
}

route_model route(const std::string& name, double tps, int priority = 0) {
    route_model made;
    made.terms.name = route_name(name);
    made.terms.priority = priority;
    made.tps = tps;
    made.burst = std::max(1.0, tps / 10);
    return made;
}

breaker_settings careful() {
    breaker_settings made;
    made.probes_needed = 3;
    made.remembered = std::chrono::minutes(10);
    return made;
}

scenario base(std::uint64_t seed) {
    scenario made;
    made.seed = seed;
    made.health = careful();
    return made;
}

// How often a breaker may change in so long, whatever happens: its probes come at 5, 10, 20 … 300 s
// and start again only after ten minutes of peace.
double changes_allowed(seconds span, int workers) {
    return workers * (14 + 2 * span.count() / 300);
}

// What holds in every world.
void check(const scenario& of, const findings& found) {
    EXPECT_EQ(found.unended, 0);
    EXPECT_EQ(found.sent + found.expired + found.refused, of.jobs);
    EXPECT_EQ(found.out_of_order, 0) << "due order";
    int most = 1;
    for (const auto& one : of.workers)
        most = std::max(most, one.workers);
    // what waits at the end leaves within this
    const auto until = found.lasted + of.send_within;
    for (std::size_t r = 0; r < of.routes.size(); ++r) {
        const auto& its = found.routes[r];
        const auto name = of.routes[r].terms.name.str();
        const auto bursts = of.routes[r].burst * most + 3.0 * most;
        EXPECT_LE(its.parts, of.routes[r].tps * found.measured.count() * 1.01 + bursts) << name;
        EXPECT_LE(static_cast<double>(its.changes), changes_allowed(until, most)) << name;
    }
}

class Routes : public testing::TestWithParam<std::uint64_t> {
protected:
    Routes() : only_(number_of("PINWIRE_SIMULATION_SEED", 0)) {}
    void SetUp() override {
        if (only_ != 0 && static_cast<std::uint64_t>(only_) != GetParam())
            GTEST_SKIP() << "PINWIRE_SIMULATION_SEED names another";
    }
    findings run_checked(const scenario& of) {
        const auto found = run(of);
        check(of, found);
        EXPECT_FALSE(HasFailure()) << "failing seed: " << GetParam();
        return found;
    }
    std::int64_t jobs() const { return jobs_in_all() / (seeds * kinds); }

    static constexpr std::uint64_t seeds = 8;
    static constexpr std::int64_t kinds = 6;

private:
    std::int64_t only_;
};

TEST_P(Routes, HoldTheirRatesWithinOnePercentHoweverManyWorkersThereAre) {
    auto of = base(GetParam());
    of.routes = {route("slow", 37.5), route("fast", 200)};
    of.workers = {{seconds(0), static_cast<int>(1 + GetParam() % 4)}};
    of.jobs_a_second = 400;
    of.jobs = std::max<std::int64_t>(jobs(), 40'000);
    of.measured_from = seconds(20);
    const auto found = run_checked(of);
    for (std::size_t r = 0; r < 2; ++r) {
        const auto expected = of.routes[r].tps * found.measured.count();
        EXPECT_NEAR(found.routes[r].parts, expected, expected * 0.01 + 4) << r;
    }
}

TEST_P(Routes, HoldTheirRatesWhileWorkersComeAndGo) {
    auto of = base(GetParam());
    of.routes = {route("only", 100)};
    of.workers = {{seconds(0), 4}, {seconds(40), 2}, {seconds(90), 3}, {seconds(120), 1}};
    of.jobs_a_second = 200;
    of.jobs = std::max<std::int64_t>(jobs(), 30'000);
    of.measured_from = seconds(1);
    const auto found = run_checked(of);
    const auto whole = 100 * found.measured.count();
    // half of it is missing for 20 s after the first departure, two thirds after the second
    const auto missing = 100 * (20 * 0.5 + 20 * 2.0 / 3);
    EXPECT_NEAR(found.routes[0].parts, whole - missing, whole * 0.01 + 10);
}

TEST_P(Routes, DoNotFlapAtAnyErrorRate) {
    for (const double fails : {0.3, 0.45, 0.5, 0.55, 0.7}) {
        auto of = base(GetParam());
        of.routes = {route("shaky", 1000), route("spare", 1000, 1)};
        of.routes[0].carrier.fails = fails;
        of.jobs_a_second = 5;
        of.jobs = std::max<std::int64_t>(jobs() / 5, 5'000);
        const auto found = run_checked(of);
        EXPECT_EQ(found.sent, of.jobs) << "the spare takes what fails, at " << fails;
    }
}

TEST_P(Routes, StarveNobodyWhileThereIsRoom) {
    auto of = base(GetParam());
    of.routes = {route("one", 100), route("two", 100)};
    of.routes[0].terms.weight = 3;
    of.routes[1].terms.weight = 3;
    of.workers = {{seconds(0), 2}};
    of.jobs_a_second = 120;  // 168 parts a second for 200
    of.jobs = jobs();
    const auto found = run_checked(of);
    EXPECT_EQ(found.sent, of.jobs);
    EXPECT_LT(found.longest_wait, seconds(10));
    EXPECT_LT(found.longest_wait_of_long, seconds(10)) << "three parts wait no longer";
    const auto half = static_cast<double>(of.jobs) / 2;
    EXPECT_NEAR(static_cast<double>(found.routes[0].sent), half, half * 0.1);
}

TEST_P(Routes, FailOverAndComeBack) {
    auto of = base(GetParam());
    of.routes = {route("first", 200), route("second", 200, 1)};
    of.routes[0].carrier.down_from = seconds(60);
    of.routes[0].carrier.down_until = seconds(360);
    of.jobs_a_second = 20;
    of.jobs = std::max<std::int64_t>(jobs(), 20'000);
    of.measured_from = seconds(360 + 305);
    const auto found = run_checked(of);
    EXPECT_EQ(found.sent, of.jobs);
    EXPECT_LT(found.routes[0].failed, 60) << "what was under way, ten in a row, and probes";
    EXPECT_LE(found.routes[0].changes, 4);
    EXPECT_EQ(found.routes[1].parts, 0) << "all is back on the first";
    EXPECT_LT(found.longest_wait, seconds(5));
}

TEST_P(Routes, SettleBelowWhatACarrierTakesWithoutBeingTakenForSick) {
    auto of = base(GetParam());
    of.routes = {route("narrow", 100), route("wide", 300, 1)};
    of.routes[0].carrier.takes = 60;
    of.jobs_a_second = 150;
    of.jobs = std::max<std::int64_t>(jobs(), 20'000);
    of.measured_from = seconds(30);
    of.send_within = seconds(30);
    const auto found = run_checked(of);
    const auto taken = 60 * found.measured.count();
    EXPECT_GT(found.routes[0].parts, taken * 0.7);
    EXPECT_LT(found.routes[0].throttled, found.routes[0].sent / 10);
    EXPECT_LE(found.routes[0].changes, 4);
}

// Any world: what holds always, holds.
TEST_P(Routes, AnyWorldKeepsItsPromises) {
    std::mt19937_64 random(GetParam() * 7919);
    const auto pick = [&random](double from, double to) {
        return std::uniform_real_distribution<double>(from, to)(random);
    };
    auto of = base(GetParam());
    const int count = 1 + static_cast<int>(pick(0, 5));
    for (int i = 0; i < count; ++i) {
        auto one = route("r" + std::to_string(i), pick(5, 200), static_cast<int>(pick(0, 2)));
        one.terms.weight = 1 + static_cast<unsigned>(pick(0, 5));
        one.terms.price = static_cast<std::int64_t>(pick(0, 3));
        one.window = static_cast<std::size_t>(pick(5, 200));
        one.carrier.fails = pick(0, 1) < 0.5 ? 0 : pick(0, 1);
        one.carrier.latency = std::chrono::milliseconds(static_cast<int>(pick(5, 2000)));
        if (pick(0, 1) < 0.3) one.carrier.takes = one.tps * pick(0.2, 1.2);
        if (pick(0, 1) < 0.3) {
            one.carrier.down_from = seconds(pick(0, 100));
            one.carrier.down_until = one.carrier.down_from + seconds(pick(0, 400));
        }
        of.routes.push_back(one);
    }
    of.workers = {{seconds(0), 1 + static_cast<int>(pick(0, 4))}};
    of.workers.push_back({seconds(pick(20, 60)), 1 + static_cast<int>(pick(0, 4))});
    of.among_equals = pick(0, 1) < 0.5 ? among_equals::weight : among_equals::price;
    of.jobs_a_second = pick(5, 400);
    of.jobs = jobs();
    run_checked(of);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Routes, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace pinwire::simulation
