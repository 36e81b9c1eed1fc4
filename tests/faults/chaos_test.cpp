// Everything at random. scripts/chaos plays it for as long as one likes.
#include "tests/faults/chaos.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

long asked_for(const char* name, long otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr || *text == '\0' ? otherwise : std::strtol(text, nullptr, 10);
}

TEST(ChaosSchedule, IsTheSameForTheSameSeedAndAnotherForAnother) {
    EXPECT_EQ(to_string(chaos_schedule(7, 60s)), to_string(chaos_schedule(7, 60s)));
    EXPECT_NE(to_string(chaos_schedule(7, 60s)), to_string(chaos_schedule(8, 60s)));
    EXPECT_EQ(to_string(kill_schedule(7, 100)), to_string(kill_schedule(7, 100)));
    EXPECT_NE(to_string(kill_schedule(7, 100)), to_string(kill_schedule(8, 100)));
}

// Another compiler, library or machine must not make another of it.
TEST(ChaosSchedule, IsTheSameEverywhere) {
    EXPECT_EQ(
        to_string(kill_schedule(1, 2).back()),
        "   500 ms  kill worker-1, share 0.50, seed 1, for 0 ms"
    );
}

TEST(ChaosSchedule, IsInOrderAndOverInTimeAndNothingIsHitTwiceAtOnce) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        std::map<std::string, std::chrono::milliseconds> until;
        std::chrono::milliseconds before{0};
        for (const auto& step : chaos_schedule(seed, 60s)) {
            EXPECT_GE(step.at, before);
            before = step.at;
            EXPECT_LT(step.at + step.lasts, 60s);
            if (step.what != blow::way && step.what != blow::stand_still && step.what != blow::kill)
                continue;
            auto& busy = until[step.what == blow::way ? name_of(step.where) : step.whom];
            EXPECT_GE(step.at, busy) << seed << ' ' << to_string(step);
            busy = step.at + step.lasts;
        }
    }
}

TEST(ChaosSchedule, LeavesNothingOut) {
    std::set<blow> blows;
    std::set<std::string> ways;
    std::map<blow, std::set<std::string>> processes;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        for (const auto& step : chaos_schedule(seed, 60s)) {
            blows.insert(step.what);
            processes[step.what].insert(step.whom);
            if (step.what == blow::way)
                ways.insert(fmt::format("{} {}", name_of(step.where), int(step.how.what)));
        }
    }
    EXPECT_EQ(blows.size(), 10U);
    EXPECT_EQ(ways.size(), 26U);  // five, five each, and what only the database has
    EXPECT_EQ(chaos_processes.size(), 6U);
    for (const auto what : {blow::kill, blow::terminate, blow::stand_still})
        EXPECT_EQ(processes[what].size(), chaos_processes.size()) << static_cast<int>(what);
}

TEST(Chaos, EndsAsPromised) {
    const auto length = std::chrono::seconds(asked_for("PINWIRE_CHAOS_SECONDS", 20));
    const auto seed = asked_for("PINWIRE_CHAOS_SEED", 1);
    const auto schedule = chaos_schedule(static_cast<std::uint64_t>(seed), length);
    chaos all;
    const auto end = all.survives(schedule);
    EXPECT_TRUE(end) << fmt::format("scripts/chaos {} {} repeats it:\n", length.count(), seed)
                     << to_string(schedule);
    RecordProperty("seed", static_cast<int>(seed));
    std::cout << fmt::format("chaos: {} blows, {}\n", schedule.size(), end ? end.message() : "");
}

TEST(ManyKills, EndAsPromised) {
    const auto kills = static_cast<int>(asked_for("PINWIRE_CHAOS_KILLS", 15));
    const auto seed = asked_for("PINWIRE_CHAOS_SEED", 1);
    const auto schedule = kill_schedule(static_cast<std::uint64_t>(seed), kills);
    chaos all;
    const auto end = all.survives(schedule);
    EXPECT_TRUE(end) << fmt::format("scripts/chaos --kills {} {} repeats it:\n", kills, seed)
                     << to_string(schedule);
    std::cout << fmt::format("chaos: {} kills, {}\n", kills, end ? end.message() : "");
}

}  // namespace
}  // namespace pinwire::test
