// The API when something dies: every answer comes in bounded time and stays true, and a caller who
// tries again with the same Idempotency-Key, at any process, gets one message. The simulator's
// journal judges.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <future>

#include "tests/faults/api_orders.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/kafka_cluster.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

TEST(ApiWithoutAWorker, AnswersInTimeSendsNothingLaterAndGivesAllBack) {
    stack_options options;
    options.edit = [](toml_tables& to) {
        to["api"]["answer_within"] = "\"2500ms\"";
        to["routes.es_first"]["price"] = "50000";
        to["routes.es_second"]["price"] = "50000";
    };
    pinwire_stack stack(options);
    stack.start_callback();
    const auto key = add_key(stack, "acme");
    stack.pinwire({"accounts", "set", "acme", "--prepaid", "true", "--per-number", "1/1h"});
    stack.pinwire({"accounts", "credit", "acme", "+0.05"});
    stack.start_api();
    stack.wait_until_ready("api-1");
    const api_caller caller(stack.api(), key);
    wait_until_known(caller);
    const auto number = number_of(1);
    for (int i = 0; i < 2; ++i) {  // neither the limit nor the credit keeps the second from trying
        const auto answer = caller.request(number, with_lookup);
        EXPECT_EQ(answer.status, 500) << answer;
        EXPECT_EQ(answer.body["error_id"], "UNKNOWN_ERROR");
        EXPECT_LT(answer.took, 8s);
    }
    EXPECT_EQ(stack.count("select micros from account_credit"), 50000);
    EXPECT_EQ(stack.count("select count(*) from job where reason = 'cancelled'"), 2);
    stack.start_worker();
    stack.wait_until_ready("worker-1");
    stack.pinwire({"accounts", "set", "acme", "--prepaid", "false"});
    const auto unpaid = [&] { return caller.request(number_of(2)).status == 200; };
    ASSERT_TRUE(eventually(unpaid, 30s, "an order")) << stack.tails();
    ASSERT_NO_FATAL_FAILURE(pass_all_partitions(stack, caller));
    EXPECT_EQ(messages_to(stack, number), 0U);
    EXPECT_EQ(
        stack.count(
            "select count(*) from attempt a join job j on j.id = a.job"
            " where j.msisdn = '" +
            number + "'"
        ),
        0
    );
}

void orders_through_an_outage(
    pinwire_stack& stack, const std::function<void()>& die, const std::function<void()>& recover
) {
    const auto caller = bring_up(stack, {"1"}).at(0);
    ASSERT_EQ(caller.request(number_of(0), with_lookup).status, 200) << stack.tails();
    constexpr int orders = 12;
    std::vector<call> calls;
    for (int i = 1; i <= orders; ++i) {
        calls.emplace_back([i, &caller] {
            return caller.request(number_of(i), with_lookup, fmt::format("k{}", i));
        });
    }
    auto under_way = std::async(std::launch::async, [&] { return at_once(calls); });
    die();
    for (const auto& answer : under_way.get()) {
        ASSERT_TRUE(answer) << "no answer";
        EXPECT_LT(answer->took, answer_bound) << *answer;
    }
    for (int i = 1; i <= 3; ++i) {
        const auto answer = caller.request(number_of(100 + i), with_lookup, fmt::format("d{}", i));
        EXPECT_EQ(answer.status, 500) << answer;
        EXPECT_EQ(answer.body["error_id"], "UNKNOWN_ERROR");
        EXPECT_LT(answer.took, answer_bound) << answer;
    }
    recover();
    for (int i = 1; i <= orders; ++i)
        until_taken(caller, number_of(i), fmt::format("k{}", i));
    for (int i = 1; i <= 3; ++i)
        until_taken(caller, number_of(100 + i), fmt::format("d{}", i));
    ASSERT_NO_FATAL_FAILURE(pass_all_partitions(stack, caller));
    // "ok" means that the lookup said send; what was claimed as the world fell apart is sent a
    // retry later
    const auto all_sent = [&stack] {
        int sent = 0;
        for (int i = 1; i <= orders; ++i)
            sent += messages_to(stack, number_of(i)) > 0 ? 1 : 0;
        return sent == orders;
    };
    EXPECT_TRUE(eventually(all_sent, 30s, "every order sent"));
    for (int i = 1; i <= orders; ++i)
        EXPECT_EQ(messages_to(stack, number_of(i)), 1U) << i;
    for (int i = 1; i <= 3; ++i)
        EXPECT_EQ(messages_to(stack, number_of(100 + i)), 1U) << 100 + i;
}

TEST(ApiWithKafkaDead, AnswersInTimeAndARetrySendsOnce) {
    kafka_cluster cluster;
    stack_options options;
    options.kafka = cluster.bootstrap();
    pinwire_stack stack(options);
    orders_through_an_outage(
        stack, [&] { cluster.kill9(); }, [&] { cluster.start(); }
    );
}

TEST(ApiWithPostgresDead, AnswersInTimeAndARetrySendsOnce) {
    postgres_cluster cluster;
    stack_options options;
    options.postgres = &cluster;
    pinwire_stack stack(options);
    orders_through_an_outage(
        stack, [&] { cluster.stop_immediate(); }, [&] { cluster.start(); }
    );
}

class ApiKilled : public testing::TestWithParam<const char*> {};

TEST_P(ApiKilled, ARetryAtAnotherProcessSendsOnceAndIsAnsweredTruly) {
    pinwire_stack stack;
    const auto callers = bring_up(stack, {"1", "2"}, std::string(GetParam()) + ":3");
    const auto killed = [&] { return !stack.process("api-1").running(); };
    for (int i = 1; i <= 2; ++i)
        ASSERT_EQ(callers[0].request(number_of(i), with_lookup).status, 200) << stack.tails();
    EXPECT_THROW(callers[0].request(number_of(3), with_lookup, "third"), std::runtime_error);
    ASSERT_TRUE(eventually(killed, 10s, "the end of the first"));
    const auto answer = callers[1].request(number_of(3), with_lookup, "third");
    EXPECT_EQ(answer.status, 200) << answer << stack.tails();
    EXPECT_EQ(answer.body["status"], "ok");
    EXPECT_EQ(callers[1].request(number_of(3), with_lookup, "third").status, 200);
    EXPECT_EQ(callers[1].request(number_of(4), with_lookup, "third").status, 400);
    ASSERT_NO_FATAL_FAILURE(pass_all_partitions(stack, callers[1]));
    EXPECT_EQ(messages_to(stack, number_of(3)), 1U);
    const auto pin = pin_on_handset(stack, number_of(3));
    EXPECT_EQ(callers[1].verify(number_of(3), pin).body["result"]["verified"], true);
}

INSTANTIATE_TEST_SUITE_P(
    At,
    ApiKilled,
    testing::Values("api.before_produce", "api.after_produce"),
    [](const auto& from) {
        std::string name = from.param;
        std::replace(name.begin(), name.end(), '.', '_');
        return name;
    }
);

TEST(TwoApis, EachHearsOfItsOwnOrdersAndASharedKeySendsOnce) {
    pinwire_stack stack;
    const auto callers = bring_up(stack, {"1", "2"});
    constexpr int orders = 30;
    std::vector<call> calls;
    for (int i = 0; i < orders; ++i) {
        calls.emplace_back([&callers, i] {
            return callers[static_cast<std::size_t>(i) % 2].request(number_of(i), with_lookup);
        });
    }
    for (std::size_t i = 0; i < 2; ++i)
        calls.emplace_back([&callers, i] {
            return callers[i].request(number_of(500), with_lookup, "shared");
        });
    for (const auto& answer : at_once(calls)) {
        ASSERT_TRUE(answer) << stack.tails();
        EXPECT_EQ(answer->status, 200) << *answer;
    }
    ASSERT_NO_FATAL_FAILURE(pass_all_partitions(stack, callers[0]));
    for (int i = 0; i < orders; ++i)
        EXPECT_EQ(messages_to(stack, number_of(i)), 1U) << i;
    EXPECT_EQ(messages_to(stack, number_of(500)), 1U);
}

TEST(ApiToldToStop, FinishesTheOrdersUnderWay) {
    pinwire_stack stack;
    const auto caller = bring_up(stack, {"1"}).at(0);
    ASSERT_EQ(caller.request(number_of(0), with_lookup).status, 200);
    stack.rule({{"kind", "lookup"}, {"action", "reachable"}, {"delay_ms", 700}});
    std::vector<call> calls;
    for (int i = 1; i <= 5; ++i)
        calls.emplace_back([&caller, i] { return caller.request(number_of(i), with_lookup); });
    auto under_way = std::async(std::launch::async, [&] { return at_once(calls); });
    const auto admitted = [&] { return stack.count("select count(*) from api_order") == 6; };
    ASSERT_TRUE(eventually(admitted, 10s, "five more orders"));
    auto& process = stack.process("api-1");
    ASSERT_TRUE(process.kill(SIGTERM));
    for (const auto& answer : under_way.get()) {
        ASSERT_TRUE(answer) << "no answer\n" << stack.tails();
        EXPECT_EQ(answer->status, 200) << *answer;
    }
    const auto end = process.wait(15s);
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, exit_status()) << to_string(*end) << stack.tails();
}

TEST(TwoApis, CompareExactlyAsManyGuessesAsAPinMayTake) {
    pinwire_stack stack;
    const auto callers = bring_up(stack, {"1", "2"});
    const auto number = number_of(1);
    ASSERT_EQ(callers[0].request(number, {{"pin_params", {{"length", 4}}}}).status, 200);
    const auto pin = pin_on_handset(stack, number);
    std::vector<call> calls;
    for (int i = 0; i < 200; ++i) {
        auto guess = fmt::format("{:04}", i * 7);
        if (guess == pin) guess = other_than(pin);
        calls.emplace_back([&, i, guess] {
            return callers[static_cast<std::size_t>(i) % 2].verify(number, guess);
        });
    }
    std::map<std::string, int> words;
    for (const auto& answer : at_once(calls)) {
        ASSERT_TRUE(answer);
        ASSERT_EQ(answer->status, 200) << *answer;
        const bool compared = answer->body.contains("result");
        ++words
            [compared ? answer->body["result"]["tries_remaining"].dump()
                      : answer->body.value("error_id", "")];
    }
    const std::map<std::string, int> expected = {
        {"2", 1}, {"1", 1}, {"0", 1}, {"NOT_VERIFIED", 197}};
    EXPECT_EQ(words, expected);
    EXPECT_EQ(callers[0].verify(number, pin).body["error_id"], "NOT_VERIFIED");
}

TEST(TwoApis, OneOfTwoRightGuessesIsTheFirst) {
    pinwire_stack stack;
    const auto callers = bring_up(stack, {"1", "2"});
    for (int i = 0; i < 12; ++i) {
        const auto number = number_of(i);
        ASSERT_EQ(callers[0].request(number).status, 200);
        const auto pin = pin_on_handset(stack, number);
        const auto guess = [&](std::size_t at) {
            return [&, at] { return callers[at].verify(number, pin); };
        };
        int before = 0;
        for (const auto& answer : at_once({guess(0), guess(1)})) {
            ASSERT_TRUE(answer);
            EXPECT_EQ(answer->body["result"]["verified"], true) << *answer;
            before += answer->body["result"]["previously_verified"] == true ? 1 : 0;
        }
        EXPECT_EQ(before, 1);
    }
}

}  // namespace
}  // namespace pinwire::test
