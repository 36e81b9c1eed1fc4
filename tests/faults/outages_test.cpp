// Faults that are no single place in the code: a worker that dies while jobs wait, between two
// routes, that is stopped and goes on; a database and a broker that crash under load.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "tests/faults/told.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

void kill9(pinwire_stack& stack, const std::string& name) {
    stack.process(name).kill(SIGKILL);
    ASSERT_TRUE(stack.process(name).wait(10s));
}

TEST(WorkerKilledWhileJobsWait, SendsAllAndDoubtsNone) {
    constexpr int jobs = 1000;
    constexpr int window = 32;
    stack_options options;
    options.edit = [](toml_tables& to) {
        to["routes.es_first"]["tps"] = "100";
        to["routes.es_first"]["burst"] = "1";
        to["routes.es_first"]["window"] = std::to_string(window);
    };
    pinwire_stack stack(options);
    stack.start();
    stack.produce(stack.jobs().plain("wait", 0, jobs, "34"));
    const auto claimed = [&] { return stack.count("select count(*) from job") == jobs; };
    ASSERT_TRUE(eventually(claimed, 30s, "all jobs claimed")) << stack.tails();
    ASSERT_GT(stack.count("select count(*) from attempt where state = 1"), jobs / 2);
    kill9(stack, "worker-1");
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds(90s));
    // only what was on the wire at that instant may be doubted; on a slow machine that is a few
    EXPECT_EQ(
        stack.count("select count(*) from job j where (dlr_status = 8 and not in_doubt) or exists "
                    "(select 1 from attempt a where a.job = j.id and a.takeovers > 0)"),
        jobs
    );
    EXPECT_LE(stack.count("select count(*) from attempt where takeovers > 0"), window);
    EXPECT_EQ(stack.count("select count(*) from attempt where n > 1"), 0);
}

// More jobs than the route may take before their PINs expire, and a crash among them: what is late
// ends unsent, and no carrier hears of it.
TEST(WorkerKilledWhilePinsExpire, SendsNoneThatIsTooLate) {
    constexpr int jobs = 200;
    stack_options options;
    options.edit = [](toml_tables& to) {
        to["routes.es_first"]["tps"] = "20";
        to["routes.es_first"]["burst"] = "1";
    };
    pinwire_stack stack(options);
    stack.start();
    auto load = stack.jobs().plain("late", 0, jobs, "34");
    for (auto& job : load)
        job.body["pin"] = {{"expires_in", 4}};
    stack.produce(load);
    ASSERT_TRUE(eventually([&] { return stack.acceptances() > 10; }, 30s, "first ones taken"))
        << stack.tails();
    kill9(stack, "worker-1");
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_LT(stack.acceptances(), jobs / 2);
    EXPECT_GT(
        stack.count("select count(*) from job where reason in ('expired', 'pin_expired')"), 0
    );
}

// A line of one worker's that is behind its time isn't the other's to take: each has its share of
// the rate, and both together the whole of it.
TEST(TwoWorkers, UseTheWholeRateOfASlowRoute) {
    constexpr int jobs = 300;
    stack_options options;
    options.edit = [](toml_tables& to) {
        to["worker"]["hold_grace"] = "\"1s\"";
        to["routes.es_first"]["tps"] = "20";
        to["routes.es_first"]["burst"] = "1";
    };
    pinwire_stack stack(options);
    stack.start();
    stack.start_worker("2");
    stack.wait_until_ready("worker-2");
    auto load = stack.jobs().plain("slow", 0, jobs, "34");
    for (auto& job : load)
        job.body["pin"] = {{"expires_in", 23}};  // 15 s of the whole rate, 30 of half of it
    stack.produce(load);
    EXPECT_TRUE(oracle(stack).holds(90s));
    EXPECT_EQ(stack.acceptances(), jobs);
}

TEST(WorkerKilledBetweenTwoRoutes, SendsByTheSecondOnce) {
    pinwire_stack stack;
    stack.rule({{"instance", "infobip"}, {"action", "refuse"}});
    stack.rule({{"instance", "360nrs"}, {"action", "slow"}, {"delay_ms", 1500}});
    stack.start();
    constexpr int jobs = 30;
    stack.produce(stack.jobs().plain("second", 0, jobs, "34"));
    ASSERT_TRUE(eventually([&] { return stack.acceptances() >= 15; }, 30s, "second requests"))
        << stack.tails();
    kill9(stack, "worker-1");
    EXPECT_GT(stack.count("select count(*) from attempt where n = 2 and state = 2"), 0);
    stack.clear_rules();
    stack.rule({{"instance", "infobip"}, {"action", "refuse"}});
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.count("select count(*) from attempt where n = 1 and state = 5"), jobs);
    EXPECT_EQ(stack.count("select count(*) from attempt where n > 2"), 0);
}

TEST(PostgresCrashes, LosesAndRepeatsNothing) {
    postgres_cluster cluster;
    stack_options options;
    options.postgres = &cluster;
    pinwire_stack stack(options);
    stack.start();
    stack.produce(stack.jobs().mixed("before", 0, 102));
    for (int crash = 0; crash < 2; ++crash) {
        const auto name = fmt::format("during{}", crash);
        stack.produce(stack.jobs().mixed(name, 0, 102));
        cluster.restart_immediate();
        stack.produce(stack.jobs().mixed(name, 102, 34));
    }
    EXPECT_TRUE(oracle(stack).holds(90s));
}

TEST(KafkaCrashes, LosesAndRepeatsNothing) {
    kafka_cluster cluster;
    stack_options options;
    options.kafka = cluster.bootstrap();
    pinwire_stack stack(options);
    stack.start();
    stack.produce(stack.jobs().mixed("before", 0, 102));
    ASSERT_TRUE(eventually([&] { return stack.acceptances() > 10; }, 30s, "jobs under way"));
    const auto all = carried_of(stack, "before");
    const auto mine = std::find_if(all.begin(), all.end(), [](const carried& one) {
        return one.carrier == "infobip";
    });
    ASSERT_NE(mine, all.end());
    cluster.kill9();
    // what can't be kept is not taken: its carrier comes again
    const auto refused = [&] {
        return tell(stack, mine->carrier, mine->attempt, news::on_its_way) == 503;
    };
    ASSERT_TRUE(eventually(refused, 60s, "reports refused for the time being")) << stack.tails();
    EXPECT_TRUE(stack.process("callback").running());
    cluster.start();
    stack.produce(stack.jobs().mixed("after", 0, 51));
    EXPECT_TRUE(oracle(stack).holds(120s));
}

// Longer than its partitions, its heartbeat and its requests last: another has taken all over when
// it goes on, in the middle of what it was doing.
TEST(WorkerStoppedPastEveryTimeout, SendsNothingAgainWhenItGoesOn) {
    pinwire_stack stack;
    stack.rule({{"action", "slow"}, {"delay_ms", 800}});
    stack.start_callback();
    stack.start_worker("1");
    stack.start_worker("2");
    stack.wait_until_ready("callback");
    stack.wait_until_ready("worker-1");
    stack.wait_until_ready("worker-2");
    const std::string first =
        " where owner = (select epoch from process where instance like 'worker-1/%')";
    const auto under_way = [&] {
        stack.produce(stack.jobs().mixed(fmt::format("m{}", stack.produced().size()), 0, 17));
        return stack.count("select count(*) from attempt" + first + " and state in (1, 2)") > 3;
    };
    ASSERT_TRUE(eventually(under_way, 60s, "requests of the first worker")) << stack.tails();
    auto& stopped = stack.process("worker-1");
    ASSERT_TRUE(stopped.kill(SIGSTOP));
    stack.clear_rules();
    stack.produce(stack.jobs().mixed("alone", 0, 51));
    const auto taken_over = [&] {
        return stack.count("select count(*) from attempt" + first + " and state in (1, 2)") == 0;
    };
    EXPECT_TRUE(eventually(taken_over, 60s, "all of it taken over")) << stack.tails();
    EXPECT_TRUE(oracle(stack).drained(90s));
    ASSERT_TRUE(stopped.kill(SIGCONT));
    stack.produce(stack.jobs().mixed("both", 0, 51));
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_TRUE(stopped.running()) << stack.tails();
}

}  // namespace
}  // namespace pinwire::test
