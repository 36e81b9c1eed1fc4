// Kafka changes under Pinwire's feet: partitions are added, what was committed is forgotten.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <set>

#include "tests/faults/steady_traffic.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

void stop(pinwire_stack& stack, const std::string& name) {
    ASSERT_TRUE(stack.process(name).kill(SIGTERM));
    ASSERT_TRUE(stack.process(name).wait(30s)) << stack.tails();
}

// Everything is read again, from the first record on: all of it is known.
TEST(OffsetsLost, AreReadAgainAndNothingIsSentOrReportedTwice) {
    pinwire_stack stack;
    steady_traffic load(stack, stack.jobs(), stack.sim() + "/customer/acme");
    load.begin();
    load.until([&] { return stack.acceptances() > 40; }, 1s, "messages sent");
    for (int round = 0; round < 2; ++round) {
        ASSERT_NO_FATAL_FAILURE(stop(stack, "worker-1"));
        ASSERT_NO_FATAL_FAILURE(stop(stack, "callback"));
        for (const auto& group : {stack.worker_group(), stack.callback_group()}) {
            const auto forgotten = [&] {
                delete_group(stack.bootstrap(), group);
                return true;
            };
            ASSERT_TRUE(eventually(forgotten, 30s, "a group without members"));
        }
        load.some();
        stack.start();
        load.run(500ms);
    }
    EXPECT_TRUE(load.ends_well(90s));
}

// A member learns of new partitions within minutes, or when it starts.
TEST(PartitionsAdded, AreReadFromTheirBeginningByWhoStartsNext) {
    pinwire_stack stack;
    stack.start();
    add_partitions(stack.bootstrap(), stack.topic("jobs"), 6);
    add_partitions(stack.bootstrap(), stack.topic("dlrs"), 6);
    const auto there = [&] {
        return partition_count(stack.bootstrap(), stack.topic("jobs")) == 6 &&
               partition_count(stack.bootstrap(), stack.topic("dlrs")) == 6;
    };
    ASSERT_TRUE(eventually(there, 30s, "six partitions"));
    steady_traffic load(stack, stack.jobs(), stack.sim() + "/customer/acme");
    load.begin_beside();  // the first that the producers ask for the partitions
    load.run(1s);
    for (const auto* name : {"worker-1", "callback"})
        ASSERT_NO_FATAL_FAILURE(stop(stack, name));
    load.some();
    stack.start();
    load.run(1s);
    EXPECT_TRUE(load.ends_well(90s));
    std::set<std::int32_t> used;
    for (const auto& record : read_topic(stack.bootstrap(), stack.topic("jobs")))
        used.insert(record.partition);
    EXPECT_EQ(used.size(), 6U);
}

}  // namespace
}  // namespace pinwire::test
