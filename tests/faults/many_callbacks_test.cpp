// Several callbacks share the work, reports in and reports out; one that is killed costs at most a
// lease time for what it held, and needs no successor.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr auto in_hands =
    "(select lease_owner, lease_until from report where lease_until > clock_timestamp()"
    " union all"
    " select lease_owner, lease_until from report_retry where lease_until > clock_timestamp()) x";

TEST(ThreeCallbacks, ShareTheWorkAndTakeOverFromOneThatIsKilled) {
    pinwire_stack stack;
    stack.rule({{"kind", "customer"}, {"action", "slow"}, {"delay_ms", 1500}});
    stack.start();
    stack.start_callback_beside("2");
    stack.wait_until_ready("callback-2");
    // the one that began last
    const auto second = stack
                            .query(
                                "select epoch::text from process where program = 'callback'"
                                " order by started_at desc limit 1"
                            )
                            .one()
                            .text(0);
    stack.start_callback_beside("3");
    stack.wait_until_ready("callback-3");
    int made = 0;
    const auto all_have_some = [&] {
        if (made < 900) stack.produce(stack.jobs().mixed("load", made, 6));
        made += 6;
        const auto owners = fmt::format("select count(distinct lease_owner) from {}", in_hands);
        return stack.count(owners) == 3;
    };
    ASSERT_TRUE(eventually(all_have_some, 60s, "each of the three has reports in its hands"))
        << stack.tails();
    auto& victim = stack.process("callback-2");
    victim.kill(SIGKILL);
    ASSERT_TRUE(victim.wait(10s));
    const auto left = fmt::format(
        "select coalesce(max(extract(epoch from lease_until - clock_timestamp()) * 1000),"
        " 0)::bigint"
        " from {} where lease_owner = '{}'",
        in_hands,
        second
    );
    EXPECT_LE(stack.count(left), 3000) << "the lease";
    stack.clear_rules();
    EXPECT_TRUE(oracle(stack).holds()) << "nobody came in its place";
}

}  // namespace
}  // namespace pinwire::test
