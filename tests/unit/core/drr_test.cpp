#include "common/core/drr.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace pinwire {
namespace {

using queue = drr_queue<std::string, int>;

const auto anything = [](const int&) { return true; };

void fill(queue& q, const std::string& key, int count) {
    for (int i = 0; i < count; ++i)
        ASSERT_TRUE(q.push(key, i));
}

// Pops until nothing is ready, each request done at once.
std::map<std::string, int> serve(queue& q, int pops) {
    std::map<std::string, int> counts;
    for (int i = 0; i < pops; ++i) {
        const auto next = q.pop();
        if (!next) break;
        ++counts[next->first];
        q.done(next->first);
    }
    return counts;
}

TEST(Drr, KeepsTheOrderOfAnEndpoint) {
    queue q({.queued_max = 10, .in_flight_max = 10});
    fill(q, "a", 5);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(q.pop()->second, i);
    EXPECT_FALSE(q.pop());
}

TEST(Drr, ALongQueueDoesNotDelayAShortOne) {
    queue q({.queued_max = 1000, .in_flight_max = 4});
    fill(q, "busy", 1000);
    fill(q, "quiet", 1);
    const auto counts = serve(q, 2);
    EXPECT_EQ(counts.at("quiet"), 1);
}

TEST(Drr, EndpointsShareEqually) {
    queue q({.queued_max = 1000, .in_flight_max = 4});
    for (const auto* key : {"a", "b", "c"})
        fill(q, key, 500);
    const auto counts = serve(q, 300);
    for (const auto* key : {"a", "b", "c"})
        EXPECT_EQ(counts.at(key), 100) << key;
}

TEST(Drr, AQuantumIsServedInOneGo) {
    queue q({.queued_max = 100, .in_flight_max = 100, .quantum = 3});
    fill(q, "a", 6);
    fill(q, "b", 6);
    std::string order;
    while (const auto next = q.pop())
        order += next->first;
    EXPECT_EQ(order, "aaabbbaaabbb");
}

TEST(Drr, HonoursTheWindowOfEachEndpoint) {
    queue q({.queued_max = 10, .in_flight_max = 2});
    fill(q, "a", 5);
    EXPECT_TRUE(q.pop());
    EXPECT_TRUE(q.pop());
    EXPECT_FALSE(q.pop());
    EXPECT_EQ(q.in_flight("a"), 2U);
    fill(q, "b", 1);
    EXPECT_EQ(q.pop()->first, "b");
    q.done("a");
    EXPECT_EQ(q.pop()->first, "a");
    EXPECT_FALSE(q.pop());
}

TEST(Drr, AFullQueueTakesNoMore) {
    queue q({.queued_max = 3, .in_flight_max = 1});
    fill(q, "a", 3);
    EXPECT_FALSE(q.push("a", 9));
    EXPECT_TRUE(q.push("b", 9));
    EXPECT_EQ(q.size(), 4U);
    EXPECT_TRUE(q.pop());
    EXPECT_TRUE(q.push("a", 9));
}

TEST(Drr, AHeldEndpointWaitsAndCostsNothing) {
    queue q({.queued_max = 10, .in_flight_max = 4});
    fill(q, "dead", 3);
    fill(q, "alive", 3);
    q.hold("dead");
    EXPECT_EQ(serve(q, 10).at("alive"), 3);
    EXPECT_FALSE(q.pop());
    EXPECT_TRUE(q.push("dead", 3));
    EXPECT_FALSE(q.pop());
    q.release("dead");
    EXPECT_EQ(serve(q, 10).at("dead"), 4);
}

TEST(Drr, WhatGoesAlongIsPaidForLater) {
    queue q({.queued_max = 1000, .in_flight_max = 4});
    fill(q, "batches", 200);
    fill(q, "singles", 200);
    ASSERT_EQ(q.pop()->first, "batches");
    EXPECT_EQ(q.take_more("batches", 99, anything).size(), 99U);
    q.done("batches");
    const auto counts = serve(q, 99);
    EXPECT_EQ(counts.at("singles"), 99);
    EXPECT_FALSE(counts.contains("batches"));
    EXPECT_GE(serve(q, 4).at("batches"), 1);
}

TEST(Drr, ADebtorAloneIsServedAtOnce) {
    queue q({.queued_max = 1000, .in_flight_max = 4});
    fill(q, "a", 500);
    ASSERT_TRUE(q.pop());
    EXPECT_EQ(q.take_more("a", 300, anything).size(), 300U);
    EXPECT_TRUE(q.pop());
    EXPECT_TRUE(q.pop());
}

TEST(Drr, TakeMoreStopsAtTheFirstThatDoesNotFit) {
    queue q({.queued_max = 10, .in_flight_max = 4});
    fill(q, "a", 6);
    ASSERT_EQ(q.pop()->second, 0);
    const auto more = q.take_more("a", 10, [](const int& item) { return item != 3; });
    EXPECT_EQ(more, (std::vector<int>{1, 2}));
    EXPECT_TRUE(q.take_more("nobody", 10, anything).empty());
    EXPECT_EQ(q.pop()->second, 3);
}

TEST(Drr, ForgetsIdleEndpoints) {
    queue q({.queued_max = 10, .in_flight_max = 4});
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(q.push(std::to_string(i), i));
    EXPECT_EQ(q.endpoints(), 100U);
    while (const auto next = q.pop())
        q.done(next->first);
    EXPECT_EQ(q.endpoints(), 0U);
    EXPECT_EQ(q.size(), 0U);
    q.done("nobody");
    q.release("nobody");
    EXPECT_EQ(q.endpoints(), 0U);
}

// Every order of pushes, pops and ends in small numbers: nothing is lost, and no endpoint is passed
// over for ever.
TEST(Drr, LosesNothingWhateverTheOrder) {
    for (unsigned script = 0; script < 4096; ++script) {
        queue q({.queued_max = 4, .in_flight_max = 1});
        int pushed = 0;
        int popped = 0;
        std::vector<std::string> flying;
        for (int step = 0; step < 6; ++step) {
            const unsigned what = (script >> (2 * step)) & 3U;
            if (what < 2) {
                pushed += q.push(what == 0 ? "a" : "b", pushed) ? 1 : 0;
            } else if (what == 2) {
                if (const auto next = q.pop()) {
                    ++popped;
                    flying.push_back(next->first);
                }
            } else if (!flying.empty()) {
                q.done(flying.back());
                flying.pop_back();
            }
        }
        for (const auto& key : flying)
            q.done(key);
        while (const auto next = q.pop()) {
            ++popped;
            q.done(next->first);
        }
        ASSERT_EQ(popped, pushed) << script;
        ASSERT_EQ(q.endpoints(), 0U) << script;
    }
}

TEST(Drr, WhatIsPutBackComesFirstAgainAndOwesNothing) {
    queue q({.queued_max = 3, .in_flight_max = 2});
    fill(q, "a", 3);
    fill(q, "b", 1);
    auto first = q.pop();
    ASSERT_EQ(first->first, "a");
    q.put_back("a", first->second);
    q.done("a");
    EXPECT_EQ(q.size(), 4U);
    EXPECT_EQ(q.in_flight("a"), 0U);
    std::vector<int> order;
    while (auto next = q.pop())
        if (next->first == "a") order.push_back(next->second);
    EXPECT_EQ(order, (std::vector<int>{0, 1})) << "and its window holds";
}

TEST(Drr, WhatIsHeldAndPutBackWaits) {
    queue q({.queued_max = 3, .in_flight_max = 2});
    fill(q, "a", 1);
    const auto only = q.pop();
    q.hold("a");
    q.put_back("a", only->second);
    q.done("a");
    EXPECT_FALSE(q.pop());
    q.release("a");
    EXPECT_TRUE(q.pop());
}

TEST(Drr, TrimTakesFromTheEndAndForgetsTheIdle) {
    queue q({.queued_max = 10, .in_flight_max = 2});
    fill(q, "a", 5);
    EXPECT_EQ(q.trim("a", 3), (std::vector<int>{3, 4}));
    EXPECT_EQ(q.size(), 3U);
    EXPECT_TRUE(q.trim("a", 3).empty());
    EXPECT_EQ(q.trim("a", 0).size(), 3U);
    EXPECT_EQ(q.endpoints(), 0U);
    EXPECT_FALSE(q.pop()) << "it has no turn any more";
    EXPECT_TRUE(q.trim("nobody", 0).empty());
}

TEST(Drr, ARequestFromElsewhereTakesOfTheWindow) {
    queue q({.queued_max = 10, .in_flight_max = 2});
    fill(q, "a", 5);
    q.begin("a");
    q.begin("a");
    EXPECT_FALSE(q.pop());
    q.done("a");
    EXPECT_TRUE(q.pop());
    q.begin("b");
    q.done("b");
    EXPECT_EQ(q.endpoints(), 1U) << "b is forgotten";
}

TEST(Drr, WindowsMayDifferAndChange) {
    std::map<std::string, std::size_t> windows{{"a", 1}, {"b", 3}};
    queue q({.queued_max = 10}, [&windows](const std::string& key) { return windows.at(key); });
    fill(q, "a", 5);
    fill(q, "b", 5);
    while (q.pop()) {
    }
    EXPECT_EQ(q.in_flight("a"), 1U);
    EXPECT_EQ(q.in_flight("b"), 3U);
    windows = {{"a", 4}, {"b", 1}};
    q.ask_windows();
    while (q.pop()) {
    }
    EXPECT_EQ(q.in_flight("a"), 4U);
    EXPECT_EQ(q.in_flight("b"), 3U);
    q.done("b");
    q.done("b");
    EXPECT_FALSE(q.pop()) << "one still flies, as many as it may";
}

}  // namespace
}  // namespace pinwire
