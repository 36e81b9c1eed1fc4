// Waiting for what another thread or process does: polls, and fails with a text when the limit is
// over. It replaces every sleep in tests. A predicate that throws counts as "not yet" (a server
// that restarts throws), and its last words are part of the failure.
//
//     ASSERT_TRUE(eventually([&] { return inbox.size() == 20; }, 10s, "20 messages in the inbox"));
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string_view>

namespace pinwire::test {

testing::AssertionResult eventually(
    const std::function<bool()>& predicate, std::chrono::milliseconds limit, std::string_view what
);

// The other way round: fails as soon as the predicate is true within the time. For "nothing more
// comes"; keep the time short, it is always spent in full.
testing::AssertionResult never_within(
    const std::function<bool()>& predicate, std::chrono::milliseconds time, std::string_view what
);

// A delay that is the scenario itself (a peer that drips, a slow server), never a wait for
// somebody.
void act_slowly(std::chrono::milliseconds time);

}  // namespace pinwire::test
