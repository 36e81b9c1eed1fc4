// Places in a table at which endpoints were left: each comes in turn, none is kept without bound.
#include "callback/left_behind.hpp"

#include <gtest/gtest.h>

namespace pinwire::callback {
namespace {

endpoint_key key(const std::string& host) {
    endpoint_key made;
    made.account = account_name("acme");
    made.origin = "https://" + host + ":443";
    return made;
}

const auto all = [](const endpoint_key&) { return true; };

TEST(LeftBehind, KeepsTheFirstPlaceOfEach) {
    left_behind<int> left;
    left.note(key("a"), 7);
    left.note(key("a"), 3);
    left.note(key("a"), 9);
    const auto next = left.next(all);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->second, 3);
    EXPECT_FALSE(left.contains(key("a"))) << "it was taken out";
    EXPECT_FALSE(left.next(all));
}

TEST(LeftBehind, TheyTakeTurnsEvenIfOneAlwaysComesBack) {
    left_behind<int> left;
    for (const auto* host : {"a", "b", "c"})
        left.note(key(host), 1);
    std::string order;
    for (int i = 0; i < 3; ++i) {
        const auto next = left.next(all);
        ASSERT_TRUE(next);
        order += next->first.origin.substr(8, 1);
        left.note(key("a"), 1);
    }
    EXPECT_EQ(order, "abc");
}

TEST(LeftBehind, WhoHasNoRoomIsPassedOverAndStays) {
    left_behind<int> left;
    left.note(key("a"), 1);
    left.note(key("b"), 2);
    const auto only_b = [](const endpoint_key& of) { return of == key("b"); };
    EXPECT_EQ(left.next(only_b)->second, 2);
    EXPECT_FALSE(left.next(only_b));
    EXPECT_TRUE(left.contains(key("a")));
}

TEST(LeftBehind, StrangersCannotMakeItGrow) {
    left_behind<int> left(10);
    for (int i = 0; i < 1000; ++i)
        left.note(key("h" + std::to_string(i)), i);
    EXPECT_EQ(left.size(), 10U);
    left.note(key("h3"), 1);
    EXPECT_EQ(left.next([](const endpoint_key& of) { return of == key("h3"); })->second, 1)
        << "who is in it stays in it";
}

}  // namespace
}  // namespace pinwire::callback
