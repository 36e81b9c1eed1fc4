// The coordinator of a consumer group moves to another broker, again and again, under load: members
// find it, commit there, and nothing is lost or repeated.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/faults/steady_traffic.hpp"
#include "tests/support/mock_kafka.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr int brokers = 3;
constexpr int moves = 6;

stack_options on(mock_kafka& kafka) {
    stack_options made;
    made.kafka = kafka.bootstrap();
    made.make_topic = [&kafka](const std::string& name, int partitions) {
        kafka.make_topic(name, partitions);
    };
    made.edit = [](toml_tables& to) { to["kafka"]["embedded"] = "true"; };
    return made;
}

TEST(CoordinatorMoved, ToAnotherBrokerUnderLoadLosesAndRepeatsNothing) {
    mock_kafka kafka(brokers);
    pinwire_stack stack(on(kafka));
    steady_traffic load(stack, stack.jobs(), stack.sim() + "/customer/acme");
    stack.start_worker("2");
    load.begin();
    stack.wait_until_ready("worker-2");
    const auto committed = [&](bool jobs) {
        return committed_in_all(
            stack.bootstrap(),
            jobs ? stack.worker_group() : stack.callback_group(),
            stack.topic(jobs ? "jobs" : "dlrs")
        );
    };
    for (int i = 0; i < moves; ++i) {
        kafka.move_coordinator(stack.worker_group(), 1 + i % brokers);
        kafka.move_coordinator(stack.callback_group(), 1 + (i + 1) % brokers);
        const auto jobs = committed(true);
        const auto dlrs = committed(false);
        const auto go_on = [&] { return committed(true) > jobs && committed(false) > dlrs; };
        load.until(go_on, 300ms, "commits at the new coordinator");
    }
    EXPECT_TRUE(load.ends_well(90s));
}

}  // namespace
}  // namespace pinwire::test
