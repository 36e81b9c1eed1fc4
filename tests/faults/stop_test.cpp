// SIGTERM while the database or Kafka is away: each service ends in order by itself, soon after the
// time that it may drain for, and what was under way is found and finished by the next one.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>

#include "tests/faults/network.hpp"
#include "tests/faults/steady_traffic.hpp"
#include "tests/support/eventually.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr auto drain = 10s;  // the API's: it answers all that it took
// Beside it: a statement that nobody answers, the last words of a life, a slow machine.
constexpr auto further = 20s;

struct missing {
    part what;
    fault how;
    const char* name;
};

class StoppedWithout : public testing::TestWithParam<missing> {
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

    std::unique_ptr<proxied_kafka> kafka_ =
        GetParam().what == part::kafka ? std::make_unique<proxied_kafka>() : nullptr;
    network net_{kafka_.get()};
    pinwire_stack stack_{impatient()};
    steady_traffic load_{stack_, net_.jobs(), net_.report_url()};
};

TEST_P(StoppedWithout, EndsInOrderByItselfAndLosesNothing) {
    load_.begin();
    load_.run(1s);
    auto& way = net_.to(GetParam().what);
    way.fail({.what = GetParam().how});
    if (GetParam().how == fault::refuse) way.reset();
    load_.run(1500ms);
    const auto services = {"worker-1", "callback", "api-1"};
    for (const auto* name : services)
        ASSERT_TRUE(stack_.process(name).kill(SIGTERM));
    const auto by = std::chrono::steady_clock::now() + drain + further;
    for (const auto* name : services) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            by - std::chrono::steady_clock::now()
        );
        const auto end = stack_.process(name).wait(left);
        EXPECT_TRUE(end) << name << " goes on\n" << stack_.tails();
        EXPECT_EQ(end.value_or(exit_status()).signal, 0) << name;
        EXPECT_TRUE(one_said(stack_, {name}, {"event=stopped"})) << stack_.tails();
    }
    EXPECT_FALSE(one_said(stack_, services, {"event=fatal", "event=ended"})) << stack_.tails();
    if (GetParam().what != part::database) {
        EXPECT_FALSE(one_said(stack_, services, {"event=database_let_go"})) << stack_.tails();
        EXPECT_EQ(stack_.count("select count(*) from process where not dead"), 1)
            << "the other API";
    }
    if (HasFailure()) return;
    way.heal();
    stack_.start_worker();
    stack_.start_callback();
    stack_.start_api("1");
    EXPECT_TRUE(load_.ends_well(90s));
}

INSTANTIATE_TEST_SUITE_P(
    Each,
    StoppedWithout,
    testing::Values(
        missing{part::database, fault::refuse, "DatabaseRefused"},
        missing{part::database, fault::blackhole, "DatabaseSilent"},
        missing{part::kafka, fault::blackhole, "KafkaSilent"}
    ),
    [](const auto& of) { return of.param.name; }
);

}  // namespace
}  // namespace pinwire::test
