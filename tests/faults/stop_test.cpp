// SIGTERM while the database is away: each service ends by itself, soon after the time that it may
// drain for, and what was under way is found and finished by the next one.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "tests/faults/network.hpp"
#include "tests/faults/steady_traffic.hpp"
#include "tests/support/eventually.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr auto drain = 10s;  // the API's: it answers all that it took
// Beside it: a statement that nobody answers, the last words of a life, a slow machine.
constexpr auto further = 20s;

class StoppedWithoutItsDatabase : public testing::TestWithParam<fault> {
protected:
    stack_options impatient() {
        auto made = net_.options();
        made.edit = [first = made.edit](toml_tables& to) {
            if (first) first(to);
            for (const auto* name : {"worker", "callback"})
                to[name]["drain"] = "'2s'";
        };
        return made;
    }

    network net_;
    pinwire_stack stack_{impatient()};
    steady_traffic load_{stack_, net_.jobs(), net_.report_url()};
};

TEST_P(StoppedWithoutItsDatabase, EndsByItselfAndLosesNothing) {
    load_.begin();
    load_.run(1s);
    auto& way = net_.to(part::database);
    way.fail({.what = GetParam()});
    if (GetParam() == fault::refuse) way.reset();
    load_.run(1500ms);
    for (const auto* name : {"worker-1", "callback", "api-1"})
        ASSERT_TRUE(stack_.process(name).kill(SIGTERM));
    const auto by = std::chrono::steady_clock::now() + drain + further;
    for (const auto* name : {"worker-1", "callback", "api-1"}) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            by - std::chrono::steady_clock::now()
        );
        const auto end = stack_.process(name).wait(left);
        EXPECT_TRUE(end) << name << " goes on\n" << stack_.tails();
        EXPECT_EQ(end.value_or(exit_status()).signal, 0) << name;
    }
    EXPECT_FALSE(one_said(stack_, {"worker-1", "callback", "api-1"}, {"event=fatal"}));
    if (HasFailure()) return;
    way.heal();
    stack_.start_worker();
    stack_.start_callback();
    stack_.start_api("1");
    EXPECT_TRUE(load_.ends_well(90s));
}

INSTANTIATE_TEST_SUITE_P(
    Each,
    StoppedWithoutItsDatabase,
    testing::Values(fault::refuse, fault::blackhole),
    [](const auto& of) { return of.param == fault::refuse ? "Refused" : "Silent"; }
);

}  // namespace
}  // namespace pinwire::test
