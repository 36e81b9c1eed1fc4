// Plans under kill -9: between the steps, and on both sides of the commit that begins one. Nothing
// is lost, no step is taken twice, and a step that a dead worker left is begun by another.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr int jobs = 50;
constexpr int of_a_kind = jobs / 5;
// Messages of the first route to such a number get no report; all else is delivered.
constexpr const char* silent_at_first = "7700";

void silence_the_first_route(pinwire_stack& stack) {
    stack.rule(
        {{"instance", "infobip"},
         {"channel", "sms"},
         {"number_suffix", silent_at_first},
         {"action", "no_dlr"}}
    );
}

// What became of the jobs of a kind, for the reader of a failure.
std::string rows_of(pinwire_stack& stack, const char* suffix) {
    const auto rows = stack.query(fmt::format(
        "select format('sms %s, call %s, dlr %s, %s attempts, doubt %s, reason %s', sms_status,"
        " call_status, dlr_status, attempts, in_doubt, reason), count(*)::text from job"
        " where msisdn like '%{}' group by 1 order by 1",
        suffix
    ));
    std::string text = fmt::format("jobs to …{}:", suffix);
    for (std::size_t i = 0; i < rows.size(); ++i)
        text += fmt::format("\n  {} of: {}", rows[i].text(1), rows[i].text(0));
    return text;
}

// What the plans must have come to, whenever who died.
void expect_whole_plans(pinwire_stack& stack) {
    const auto with = [&stack](const char* suffix, const std::string& what) {
        return stack.count(
            fmt::format("select count(*) from job where msisdn like '%{}' and {}", suffix, what)
        );
    };
    EXPECT_EQ(
        with("0003", "dlr_status = 3 and sms_status = 2 and call_status is not null"), of_a_kind
    );
    EXPECT_EQ(
        with("0001", "dlr_status = 6 and sms_status = 2 and call_status is not null"), of_a_kind
    );
    EXPECT_EQ(with("0000", "dlr_status = 8"), of_a_kind);
    // What was on its way when its worker was killed was refused to nobody: that stays in doubt.
    EXPECT_EQ(
        with(
            "0010",
            "((sms_status = 1 and dlr_status is null) or (in_doubt and reason = 'owner_died'))"
        ),
        of_a_kind
    ) << rows_of(stack, "0010");
    EXPECT_EQ(with(silent_at_first, "dlr_status = 8 and attempts >= 2"), of_a_kind);
    EXPECT_EQ(
        stack.count("select count(*) from (select from attempt where state in (3, 4)"
                    " group by job, step having count(*) > 1) twice"),
        0
    );
    EXPECT_EQ(
        stack.count("select count(*) from attempt a join job j on j.id = a.job"
                    " where j.msisdn like '%0003' and a.state in (3, 4)"),
        3 * of_a_kind
    ) << "each silent plan went all its way";
}

TEST(Plans, GoTheirWay) {
    pinwire_stack stack;
    silence_the_first_route(stack);
    stack.start();
    stack.produce(stack.jobs().planned("plan", 0, jobs, silent_at_first));
    EXPECT_TRUE(oracle(stack).holds());
    expect_whole_plans(stack);
    EXPECT_EQ(
        stack.count("select count(*) from job where msisdn like '%0000' and attempts = 1"
                    " and call_status is null"),
        of_a_kind
    ) << "a delivered message is followed by nothing";
}

TEST(PlansKilledBetweenTheSteps, AreGoneOnWithByAnotherWorker) {
    pinwire_stack stack;
    silence_the_first_route(stack);
    stack.start();
    stack.produce(stack.jobs().planned("plan", 0, jobs, silent_at_first));
    const auto first_steps_are_silent = [&] {
        return stack.count(
                   "select count(*) from due d join attempt a on a.job = d.job"
                   " where d.step = 1 and d.step_at is not null and a.state = 4"
               ) >= 2 * of_a_kind;
    };
    ASSERT_TRUE(eventually(first_steps_are_silent, 30s, "messages without news")) << stack.tails();
    auto& worker = stack.process("worker-1");
    worker.kill(SIGKILL);
    ASSERT_TRUE(worker.wait(10s));
    stack.start_worker("2");
    EXPECT_TRUE(oracle(stack).holds());
    expect_whole_plans(stack);
}

class PlansKilled : public testing::TestWithParam<const char*> {};

TEST_P(PlansKilled, LoseAndRepeatNothing) {
    pinwire_stack stack;
    silence_the_first_route(stack);
    stack.start_callback();
    stack.start_worker("1", {{"PINWIRE_KILL_AT", fmt::format("{}:2", GetParam())}});
    stack.wait_until_ready("callback");
    stack.wait_until_ready("worker-1");
    stack.produce(stack.jobs().planned("plan", 0, jobs, silent_at_first));
    const auto end = stack.process("worker-1").wait(30s);
    ASSERT_TRUE(end) << "it never came to that place\n" << stack.tails();
    ASSERT_EQ(end->signal, SIGKILL) << to_string(*end);
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds());
    expect_whole_plans(stack);
}

std::string name_of(const testing::TestParamInfo<const char*>& one) {
    return std::string(one.param).substr(7);
}

INSTANTIATE_TEST_SUITE_P(
    At, PlansKilled, testing::Values("worker.before_step", "worker.after_step"), name_of
);

}  // namespace
}  // namespace pinwire::test
