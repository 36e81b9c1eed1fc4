// Producers that repeat themselves, use an id twice, or write what the database or the broker
// refuses: each has its one outcome, and costs the others nothing.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

made_job of_account(made_job job, const std::string& account) {
    job.account = account;
    job.body["account"] = account;
    return job;
}

std::vector<raw_record> dead_letters(pinwire_stack& stack) {
    return read_topic(stack.bootstrap(), stack.topic("jobs_dead"));
}

TEST(OneJobId, OfTwoAccountsIsTwoJobs) {
    pinwire_stack stack;
    stack.start();
    auto first = stack.jobs().sms("same", "34", "0000");
    auto second = of_account(stack.jobs().sms("same", "34", "0000"), "globex");
    stack.produce({first, second});
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.acceptances(), 2U);
}

TEST(OneJobId, WithOtherContentIsADeadLetter) {
    pinwire_stack stack;
    stack.start();
    stack.produce({stack.jobs().sms("reused", "34", "0000")});
    EXPECT_TRUE(oracle(stack).drained());
    auto other = stack.jobs().sms("reused", "44", "0000");
    other.accepted = false;
    stack.produce({other});
    const auto buried = [&] { return !dead_letters(stack).empty(); };
    ASSERT_TRUE(eventually(buried, 30s, "the dead letter")) << stack.tails();
    EXPECT_TRUE(oracle(stack).holds());
    const auto letters = dead_letters(stack);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].header("x-reason"), "job_id_reused");
    EXPECT_EQ(letters[0].payload, other.body.dump());
    EXPECT_EQ(stack.acceptances(), 1U);
}

// Both stand in the topic before the worker starts, so that one poll brings them; one pair for one
// number, in order, and one pair of different content for two numbers, at the same time.
TEST(OneJobId, TwiceInOneBatchIsSentOnce) {
    pinwire_stack stack;
    stack.start_callback();
    const auto twin = stack.jobs().sms("twin", "34", "0000");
    stack.produce({twin, twin});
    for (int i = 0; i < 20; ++i) {
        const auto more = stack.jobs().sms("twin-" + std::to_string(i), "44", "0000");
        stack.produce({more, more, more});
    }
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.acceptances(), 21U);
}

TEST(OneJobId, TwiceInOneBatchWithOtherContentIsOneJobAndOneDeadLetter) {
    pinwire_stack stack;
    stack.start_callback();
    auto left = stack.jobs().sms("rivals", "34", "0000");
    auto right = stack.jobs().sms("rivals", "44", "0000");
    stack.produce({left, right});
    stack.start_worker();
    const auto buried = [&] { return dead_letters(stack).size() == 1; };
    ASSERT_TRUE(eventually(buried, 40s, "one dead letter")) << stack.tails();
    EXPECT_EQ(dead_letters(stack)[0].header("x-reason"), "job_id_reused");
    EXPECT_TRUE(oracle(stack).drained());
    EXPECT_EQ(stack.count("select count(*) from job"), 1);
    EXPECT_EQ(stack.acceptances(), 1U);
}

TEST(PoisonRow, InABatchOf512GoesAloneToTheDeadLetters) {
    pinwire_stack stack;
    stack.query(
        "alter table job add constraint poison"
        " check (reference is distinct from 'poison')"
    );
    stack.start_callback();
    auto jobs = stack.jobs().plain("crowd", 0, 512, "34");
    jobs[300].body["reference"] = "poison";
    jobs[300].accepted = false;
    stack.produce(jobs);
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds(90s));
    EXPECT_EQ(stack.acceptances(), 511U);
    const auto letters = dead_letters(stack);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].header("x-reason"), "refused_by_database");
    EXPECT_EQ(letters[0].payload, jobs[300].body.dump());
}

TEST(DeadLetter, LargerThanTheBrokerTakesLeavesKeyOriginAndHash) {
    stack_options options;
    options.jobs_dead_options = {{"max.message.bytes", "4096"}};
    pinwire_stack stack(options);
    stack.start();
    auto large = stack.jobs().sms("large", "34", "0000");
    large.body["text"] = std::string(20'000, 'x');  // no placeholder, and too long
    large.accepted = false;
    auto small = stack.jobs().sms("small", "34", "0000");
    small.body["channel"] = "pigeon";
    small.accepted = false;
    stack.produce({large, small});
    stack.produce(stack.jobs().plain("others", 0, 10, "34"));
    const auto both = [&] { return dead_letters(stack).size() == 2; };
    ASSERT_TRUE(eventually(both, 30s, "both dead letters")) << stack.tails();
    EXPECT_TRUE(oracle(stack).holds());
    for (const auto& letter : dead_letters(stack)) {
        EXPECT_EQ(letter.header("x-orig-topic"), stack.topic("jobs"));
        EXPECT_FALSE(letter.header("x-orig-offset").empty());
        EXPECT_FALSE(letter.header("x-reason").empty());
        const bool is_large = letter.key == large.key;
        EXPECT_EQ(letter.payload.has_value(), !is_large);
        if (!is_large) continue;
        EXPECT_EQ(letter.header("x-sha256").size(), 64U);
        EXPECT_EQ(letter.header("x-bytes"), std::to_string(large.body.dump().size()));
    }
}

}  // namespace
}  // namespace pinwire::test
