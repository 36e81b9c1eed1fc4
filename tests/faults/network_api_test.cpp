// The API's ways to PostgreSQL and Kafka fail in each manner: every caller is answered in bounded
// time, and one who tries again with the same Idempotency-Key gets one message.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "tests/faults/api_orders.hpp"
#include "tests/faults/network.hpp"
#include "tests/support/eventually.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

class WayOfTheApi : public testing::TestWithParam<part> {
protected:
    std::unique_ptr<proxied_kafka> kafka_ =
        GetParam() == part::kafka ? std::make_unique<proxied_kafka>() : nullptr;
    network net_{kafka_.get()};
    pinwire_stack stack_{net_.options()};
};

TEST_P(WayOfTheApi, MayFailAndEachOrderIsAnsweredInTimeAndSentOnce) {
    std::vector<failure> all = {
        {.what = fault::refuse},
        {.what = fault::blackhole},
        {.what = fault::delay, .pause = 200ms},
        {.what = fault::drip, .pause = 5ms, .piece = 200},
        {.what = fault::reset_some, .share = 0.5, .seed = 3}};
    if (GetParam() == part::database)
        all.push_back({.what = fault::after_statement, .statement = "", .every = 3});
    const auto caller = bring_up(stack_, {"1"}).at(0);
    auto& way = net_.to(GetParam());
    constexpr int orders = 6;
    int number = 0;
    for (const auto& how : all) {
        SCOPED_TRACE(fmt::format("failure {}", static_cast<int>(how.what)));
        way.fail(how);
        if (how.what == fault::refuse) way.cut();
        std::vector<call> calls;
        for (int i = 0; i < orders; ++i)
            calls.emplace_back([&caller, n = number + i] {
                return caller.request(number_of(n), with_lookup, fmt::format("k{}", n));
            });
        for (const auto& answer : at_once(calls)) {
            ASSERT_TRUE(answer) << "no answer\n" << stack_.tails();
            EXPECT_LT(answer->took, answer_bound) << *answer;
        }
        way.heal();
        for (int i = 0; i < orders; ++i)
            until_taken(caller, number_of(number + i), fmt::format("k{}", number + i));
        number += orders;
    }
    ASSERT_NO_FATAL_FAILURE(pass_all_partitions(stack_, caller));
    const auto each_has_some = [&] {
        for (int i = 0; i < number; ++i)
            if (messages_to(stack_, number_of(i)) == 0) return false;
        return true;
    };
    EXPECT_TRUE(eventually(each_has_some, 30s, "every order sent")) << stack_.tails();
    for (int i = 0; i < number; ++i)
        EXPECT_EQ(messages_to(stack_, number_of(i)), 1U) << i;
}

INSTANTIATE_TEST_SUITE_P(
    Between,
    WayOfTheApi,
    testing::Values(part::database, part::kafka),
    [](const auto& from) { return std::string(name_of(from.param)); }
);

}  // namespace
}  // namespace pinwire::test
