// Plans as tables: which step and route come next, whatever was tried before.
#include "common/core/plan.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/core/limits.hpp"

namespace pinwire {
namespace {

using namespace std::chrono_literals;

// s: an SMS, v: a call; 20 s each.
job planned(std::string_view steps) {
    job made;
    for (const char one : steps) {
        plan_step step;
        step.channel = one == 'v' ? channel::voice : channel::sms;
        step.after = 20s;
        made.steps.push_back(step);
    }
    made.steps.back().after = 0s;
    made.channel = made.steps.front().channel;
    return made;
}

struct way {
    channel takes;
    const char* name;
    std::int64_t cost = 10;
};

// In order of preference.
plan_routes offering(std::vector<way> ways) {
    return [ways = std::move(ways)](channel wanted, const std::vector<route_name>& without) {
        std::optional<plan_offer> best;
        for (const auto& one : ways) {
            const route_name name(one.name);
            const bool barred = std::find(without.begin(), without.end(), name) != without.end();
            if (one.takes != wanted || barred || best) continue;
            best.emplace();
            best->route = name;
            best->cost = one.cost;
        }
        return best;
    };
}

const way a{channel::sms, "a"};
const way b{channel::sms, "b"};
const way calls{channel::voice, "calls", 50};

plan_try tried(int step, const char* route, bool refused = false) {
    plan_try made;
    made.step = step;
    made.route = route_name(route);
    made.refused = refused;
    made.cost = refused ? 0 : 10;
    return made;
}

std::string text_of(const plan_next& next) {
    switch (next.why) {
        case plan_end::none:
            return fmt::format("{} {}", next.step, next.offer.route.view());
        case plan_end::no_step:
            return "no_step";
        case plan_end::no_route:
            return "no_route";
        case plan_end::too_dear:
            return "too_dear";
        case plan_end::attempts:
            return "attempts";
    }
    return "?";
}

struct next_case {
    const char* claim;
    const char* steps;
    int after_step;
    std::vector<plan_try> before;
    std::vector<way> ways;
    const char* next;
};

TEST(Plan, GoesOnAsTheTableSays) {
    const next_case table[] = {
        {"begins with its first step", "ssv", 0, {}, {a, b, calls}, "1 a"},
        {"takes another route than the one that was silent",
         "ssv",
         1,
         {tried(1, "a")},
         {a, b, calls},
         "2 b"},
        {"takes the same again when there is no other",
         "ssv",
         1,
         {tried(1, "a")},
         {a, calls},
         "2 a"},
        {"changes the channel with the step",
         "ssv",
         2,
         {tried(1, "a"), tried(2, "b")},
         {a, b, calls},
         "3 calls"},
        {"passes over a step whose routes have refused the job",
         "ssv",
         1,
         {tried(1, "a", true)},
         {a, calls},
         "3 calls"},
        {"takes one that took an attempt before one that refused",
         "ss",
         1,
         {tried(1, "a", true), tried(1, "b")},
         {a, b},
         "2 b"},
        {"tries a refusal again in its last step: nothing is behind it",
         "ss",
         1,
         {tried(1, "a", true)},
         {a},
         "2 a"},
        {"passes over a step without a route at its beginning", "vs", 0, {}, {a}, "2 a"},
        {"passes over several", "vvs", 0, {}, {a}, "3 a"},
        {"is over when the rest has no route", "sv", 1, {tried(1, "a")}, {a}, "no_route"},
        {"is over without any route", "sv", 0, {}, {}, "no_route"},
        {"is over after its last step", "sv", 2, {tried(1, "a")}, {a, calls}, "no_step"},
        {"calls again by the same route", "vv", 1, {tried(1, "calls")}, {calls}, "2 calls"},
    };
    for (const auto& one : table) {
        const auto next =
            next_in_plan(planned(one.steps), one.after_step, one.before, offering(one.ways));
        EXPECT_EQ(text_of(next), one.next) << one.claim;
        EXPECT_EQ(next.step == 0, next.why != plan_end::none) << one.claim;
    }
}

TEST(Plan, WithinAStepOnlyAnotherRouteThatDidNotRefuse) {
    const auto plan = planned("ssv");
    const auto again = [&](std::vector<plan_try> before, std::vector<way> ways) {
        return text_of(again_in_step(plan, 2, before, offering(std::move(ways))));
    };
    EXPECT_EQ(again({tried(2, "a", true)}, {a, b}), "2 b");
    EXPECT_EQ(again({tried(1, "b"), tried(2, "a", true)}, {a, b}), "2 b") << "silent, not refused";
    EXPECT_EQ(again({tried(2, "a", true), tried(2, "b", true)}, {a, b, calls}), "no_route");
}

TEST(Plan, TheLimitOnAttemptsEndsIt) {
    auto plan = planned("sss");
    plan.limits.attempts = 2;
    const std::vector<plan_try> one{tried(1, "a")};
    const std::vector<plan_try> two{tried(1, "a", true), tried(1, "b")};
    EXPECT_EQ(text_of(next_in_plan(plan, 1, one, offering({a, b}))), "2 b");
    EXPECT_EQ(text_of(next_in_plan(plan, 1, two, offering({a, b}))), "attempts");
    EXPECT_EQ(text_of(again_in_step(plan, 1, two, offering({a, b}))), "attempts");
    EXPECT_EQ(attempts_max(plan), 2);
    EXPECT_EQ(attempts_max(planned("s")), limits::attempts_per_job_max);
}

TEST(Plan, TheLimitOnMoneyCountsWhatMayHaveBeenSent) {
    auto plan = planned("ssv");
    plan.limits.cost = 25;
    const std::vector<plan_try> sent{tried(1, "a")};
    const std::vector<plan_try> refused{tried(1, "b", true), tried(1, "a")};
    const way dear{channel::sms, "dear", 16};
    EXPECT_EQ(text_of(next_in_plan(plan, 1, sent, offering({dear, b}))), "2 b") << "passed over";
    EXPECT_EQ(text_of(next_in_plan(plan, 1, refused, offering({a, b}))), "2 a") << "costs nothing";
    EXPECT_EQ(text_of(next_in_plan(plan, 2, sent, offering({a, calls}))), "too_dear");
    plan.limits.cost = 60;
    EXPECT_EQ(text_of(next_in_plan(plan, 2, sent, offering({a, calls}))), "3 calls");
    plan.limits.cost = 9;
    EXPECT_EQ(text_of(next_in_plan(plan, 0, {}, offering({a, calls}))), "too_dear");
}

TEST(Plan, EveryStepButTheLastHasALength) {
    const auto plan = planned("sv");
    EXPECT_EQ(length_of_step(plan, 1), 20s);
    EXPECT_EQ(length_of_step(plan, 2), std::nullopt);
    EXPECT_FALSE(is_last_step(plan, 1));
    EXPECT_TRUE(is_last_step(plan, 2));
    EXPECT_EQ(channel_of_step(plan, 2), channel::voice);
}

}  // namespace
}  // namespace pinwire
