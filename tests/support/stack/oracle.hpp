// Says whether the promises held (P1 to P7 and P11 of ARCHITECTURE.md), from what others know: the
// producer's log, the simulator's journal, the topics and, as a superuser, the tables. It trusts no
// figure of Pinwire's own. Jobs that were ordered through the API are judged like all others, but
// that somebody asked for them is for the test to say. Ask it when the faults are over: first that
// the backlog drains, then for its findings; each finding names the promise and the job.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/stack/pinwire_stack.hpp"

namespace pinwire::test {

struct facts;

class oracle {
public:
    // `more`: what carriers beside the simulator saw, put into the facts before they are judged.
    explicit oracle(pinwire_stack& of, std::function<void(facts&)> more = {})
        : stack_(of), more_(std::move(more)) {}

    // P11: every job that was produced is there, and nothing waits: no due row, report, event,
    // parked report, delivery report of the simulator's, or uncommitted offset.
    testing::AssertionResult drained(std::chrono::milliseconds limit = std::chrono::seconds(60));

    // Empty: all is as promised.
    std::vector<std::string> findings();
    // drained(), then no findings; on failure also what the processes said last.
    testing::AssertionResult holds(std::chrono::milliseconds limit = std::chrono::seconds(60));

private:
    std::vector<std::string> backlog();

    pinwire_stack& stack_;
    std::function<void(facts&)> more_;
};

}  // namespace pinwire::test
