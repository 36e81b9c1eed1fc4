#include "tests/support/eventually.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

TEST(Eventually, AsksUntilItIsTrue) {
    int calls = 0;
    EXPECT_TRUE(eventually([&] { return ++calls == 3; }, 10s, "three calls"));
    EXPECT_EQ(calls, 3);
}

TEST(Eventually, FailsWithItsTextAndTheLastError) {
    const auto broken = []() -> bool { throw std::runtime_error("server restarts"); };
    const auto result = eventually(broken, 5ms, "a row");
    EXPECT_FALSE(result);
    EXPECT_STREQ(result.message(), "not within 5 ms: a row (last error: server restarts)");
}

TEST(NeverWithin, FailsWhenItHappens) {
    EXPECT_TRUE(never_within([] { return false; }, 5ms, "nothing"));
    EXPECT_FALSE(never_within([] { return true; }, 10s, "something"));
}

}  // namespace
}  // namespace pinwire::test
