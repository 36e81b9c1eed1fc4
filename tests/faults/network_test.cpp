// Each way between two parts fails in each manner, under load, and is well again: every job ends as
// it should, none is sent twice, no report is lost, and nobody has to help.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "tests/faults/network.hpp"
#include "tests/faults/steady_load.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

class Way : public testing::TestWithParam<part> {
protected:
    Way() : net_(kafka_.get()), stack_(net_.options()), load_(stack_, net_.jobs()) {
        stack_.start();
        load_.until([this] { return stack_.acceptances() > 10; }, 0ms, "jobs under way");
    }

    fault_proxy& way() { return net_.to(GetParam()); }

    void ends(const std::function<void()>& end) {
        const auto before = way().counts().broken;
        const auto enough = [&] {
            end();
            return way().counts().broken > before;
        };
        // a circuit breaker may keep the others away
        load_.until(enough, 0ms, "connections ended");
        for (int i = 0; i < 10; ++i) {
            end();
            load_.run(50ms);
        }
        load_.run(300ms);
    }
    void holds_back() {
        way().fail({.what = fault::blackhole});
        load_.until([this] { return way().counts().held > 0; }, 3s, "bytes held back");
        way().heal();
        load_.run(300ms);
    }
    void is_slow(const failure& how) {
        const auto before = way().counts();
        way().fail(how);
        const auto passed = [&] {
            const auto now = way().counts();
            return now.up > before.up && now.down > before.down;
        };
        load_.until(passed, 1500ms, "bytes that come late");
        way().heal();
        load_.run(300ms);
    }
    void loses(fault what) {
        const auto lost = [this] { return way().counts().broken + way().counts().refused; };
        const auto before = lost();
        way().fail({.what = what, .share = 0.5, .seed = 9});
        if (what == fault::refuse) way().cut();
        load_.until([&] { return lost() > before; }, 1500ms, "lost connections");
        way().heal();
        load_.run(300ms);
    }

    std::unique_ptr<proxied_kafka> kafka_ =
        GetParam() == part::kafka ? std::make_unique<proxied_kafka>() : nullptr;
    network net_;
    pinwire_stack stack_;
    steady_load load_;
};

TEST_P(Way, MayFailInEveryMannerAndNothingIsLostOrRepeated) {
    ends([this] { way().cut(); });
    ends([this] { way().reset(); });
    loses(fault::refuse);
    loses(fault::reset_some);
    is_slow({.what = fault::delay, .pause = 150ms});
    is_slow({.what = fault::drip, .pause = 5ms, .piece = 200});
    holds_back();
    way().fail({.what = fault::blackhole});  // and what it held is lost
    load_.until([this] { return way().counts().held > 0; }, 1s, "bytes held back");
    way().reset();
    way().heal();
    load_.run(300ms);
    EXPECT_TRUE(oracle(stack_).holds(120s));
}

INSTANTIATE_TEST_SUITE_P(
    Between,
    Way,
    testing::Values(part::database, part::kafka, part::carriers, part::customers, part::listener),
    [](const auto& from) { return std::string(name_of(from.param)); }
);

// In the place where nobody can know: the server has committed, and its answer never comes.
TEST(CutAfterCommit, IsFoundOutAndNothingIsLostOrRepeated) {
    network net;
    pinwire_stack stack(net.options());
    stack.start();
    steady_load load(stack, net.jobs());
    auto& way = net.to(part::database);
    for (const auto* statement :
         {"from claim",
          "from record",
          "from settle(",
          "finish_reports",
          "take_fresh_reports",
          "delete_outbox",
          ""}) {
        SCOPED_TRACE(statement);
        const auto before = way.counts().after_statement;
        way.fail({.what = fault::after_statement, .statement = statement, .every = 2});
        const auto often = [&] { return way.counts().after_statement >= before + 6; };
        load.until(often, 300ms, "commits whose answer was lost");
        way.heal();
        load.run(200ms);
    }
    EXPECT_TRUE(oracle(stack).holds(90s));
}

}  // namespace
}  // namespace pinwire::test
