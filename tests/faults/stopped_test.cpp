// A worker, a callback and an API process that stand still (SIGSTOP, as a paused machine does) for
// a moment, for twenty seconds, and until others have done all their work (of a worker:
// outages_test): nothing is lost, sent twice, said twice under two ids or ordered twice, and who
// goes on learns that his reports are another's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <map>
#include <set>

#include "tests/faults/api_orders.hpp"
#include "tests/faults/network.hpp"
#include "tests/faults/steady_load.hpp"
#include "tests/faults/steady_traffic.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

// In the middle of its requests. A moment is over before anybody misses it; in twenty seconds the
// other has taken over all that it had.
TEST(WorkerStandsStill, WithRequestsUnderWaySendsNothingTwice) {
    stack_options arranged;
    arranged.edit = be_patient;
    pinwire_stack stack(arranged);
    steady_traffic load(stack, stack.jobs(), stack.sim() + "/customer/acme");
    stack.start_worker("2");
    load.begin();
    stack.wait_until_ready("worker-2");
    const auto has_some = [&] {
        load.some();
        return stack.count(
                   "select count(*) from attempt where state = 2 and owner ="
                   " (select epoch from process where instance like 'worker-1/%')"
               ) > 2;
    };
    for (const auto time : {1s, 20s}) {
        SCOPED_TRACE(fmt::format("for {} s", time.count()));
        stack.rule({{"action", "slow"}, {"delay_ms", 800}});
        ASSERT_TRUE(eventually(has_some, 60s, "requests of the first worker")) << stack.tails();
        ASSERT_TRUE(stack.process("worker-1").kill(SIGSTOP));
        stack.clear_rules();
        load.run(time);
        ASSERT_TRUE(stack.process("worker-1").kill(SIGCONT));
        load.run(2s);
    }
    EXPECT_TRUE(load.ends_well(120s));
    EXPECT_TRUE(stack.process("worker-1").running()) << stack.tails();
}

// Between a blink and twenty seconds.
constexpr const char* lease = "\"8s\"";

class CallbackStandsStill : public testing::Test {
protected:
    CallbackStandsStill() : stack_(arranged()), load_(stack_, stack_.jobs()) {
        stack_.start();
        stack_.start_callback_beside("2");
        stack_.wait_until_ready("callback-2");
    }

    // One request at a time to an endpoint, so that reports stay in hands.
    static stack_options arranged() {
        stack_options made;
        made.edit = [](toml_tables& to) {
            be_patient(to);
            auto& reports = to["callback.reports"];
            reports["lease"] = lease;
            reports["per_endpoint"] = "2";
        };
        return made;
    }

    void be_slow() { stack_.rule({{"kind", "customer"}, {"action", "slow"}, {"delay_ms", 1000}}); }

    std::int64_t held_by(const std::string& process) {
        const auto instance = process == "callback" ? "callback-1" : process;
        return stack_.count(fmt::format(
            "select count(*) from (select lease_owner from report union all"
            " select lease_owner from report_retry) x"
            " join process p on p.epoch = x.lease_owner where p.instance like '{}/%'",
            instance
        ));
    }

    void stop_with_reports_in_hand(const std::string& process) {
        be_slow();
        const auto holds_some = [&] {
            load_.some();
            return held_by(process) >= 5;
        };
        ASSERT_TRUE(eventually(holds_some, 60s, "reports in its hands")) << stack_.tails();
        ASSERT_TRUE(stack_.process(process).kill(SIGSTOP));
    }

    void go_on(const std::string& process) {
        ASSERT_TRUE(stack_.process(process).kill(SIGCONT));
        stack_.clear_rules();
    }

    std::vector<nlohmann::json> posts() { return stack_.journal("report"); }

    static std::set<std::string> jobs_of(const std::vector<nlohmann::json>& posts) {
        std::set<std::string> made;
        for (const auto& one : posts)
            for (const auto& id : one["ids"])
                made.insert(id.get<std::string>());
        return made;
    }

    // For a moment, and for as long as others need to take all over.
    void stand_still_twice(const std::string& stopped) {
        for (const auto time : {1s, 20s}) {
            SCOPED_TRACE(fmt::format("for {} s", time.count()));
            ASSERT_NO_FATAL_FAILURE(stop_with_reports_in_hand(stopped));
            load_.run(time);
            ASSERT_NO_FATAL_FAILURE(go_on(stopped));
            load_.run(2s);
        }
        EXPECT_TRUE(oracle(stack_).holds(90s));
    }

    pinwire_stack stack_;
    steady_load load_;
};

// The second, whom no carrier calls: what it holds are reports.
TEST_F(CallbackStandsStill, WithReportsInHandSaysNothingTwice) {
    const std::string stopped = "callback-2";
    ASSERT_NO_FATAL_FAILURE(stand_still_twice(stopped));

    ASSERT_NO_FATAL_FAILURE(stop_with_reports_in_hand(stopped));
    stack_.clear_rules();
    EXPECT_TRUE(oracle(stack_).drained(90s)) << "the other has taken all over";
    const auto before = posts();
    const auto told = jobs_of(before);
    ASSERT_NO_FATAL_FAILURE(go_on(stopped));
    stack_.wait_until_ready(stopped);
    load_.run(5s);
    EXPECT_TRUE(oracle(stack_).holds(90s));
    std::map<std::string, int> again;  // of what was told before, by the one that goes on
    const auto after = posts();
    for (std::size_t i = before.size(); i < after.size(); ++i)
        for (const auto& id : after[i]["ids"])
            if (told.contains(id.get<std::string>())) ++again[id.get<std::string>()];
    for (const auto& [job, times] : again)
        EXPECT_LE(times, 1) << job;
    RecordProperty("told_again", static_cast<int>(again.size()));
    EXPECT_TRUE(stack_.process(stopped).running()) << stack_.tails();
}

// The one that carriers call: they come again, and the other settles what was taken.
TEST_F(CallbackStandsStill, WhileCarriersCallLosesAndRepeatsNothing) {
    const std::string stopped = "callback";
    ASSERT_NO_FATAL_FAILURE(stand_still_twice(stopped));
    EXPECT_TRUE(stack_.process(stopped).running()) << stack_.tails();
}

// Orders that are under way when it stops, and orders that come while it stands.
class ApiStandsStill : public testing::Test {
protected:
    using answers = std::vector<std::optional<told>>;

    static std::string key_of(int i) { return fmt::format("k{}", i); }

    std::vector<call> orders(const api_caller& by, int first, int count) {
        std::vector<call> made;
        for (int i = first; i < first + count; ++i)
            made.emplace_back([&by, i] { return by.request(number_of(i), with_lookup, key_of(i)); }
            );
        return made;
    }

    // Whatever his answer was, a caller who asks again under his key has one message at last, and
    // its code is right.
    void expect_each_sent_once(const api_caller& by, int first, int count) {
        for (int i = first; i < first + count; ++i)
            until_taken(by, number_of(i), key_of(i));
        ASSERT_NO_FATAL_FAILURE(pass_all_partitions(stack_, by));
        for (int i = first; i < first + count; ++i) {
            const auto pin = pin_on_handset(stack_, number_of(i));
            EXPECT_EQ(messages_to(stack_, number_of(i)), 1U) << i;
            const auto guess = by.verify(number_of(i), pin);
            EXPECT_EQ(guess.body["result"]["verified"], true) << guess;
        }
    }

    // Who was told that his order is taken has a message.
    void expect_true(const answers& of, int first) {
        for (std::size_t i = 0; i < of.size(); ++i) {
            if (!of[i]) continue;  // the connection broke: he knows that he knows nothing
            EXPECT_TRUE(of[i]->status == 200 || of[i]->status == 500) << *of[i];
            if (of[i]->status != 200) continue;
            pin_on_handset(stack_, number_of(first + static_cast<int>(i)));
        }
    }

    // Lookups: time to stop somebody who waits for them.
    void be_slow() {
        stack_.rule({{"kind", "lookup"}, {"action", "reachable"}, {"delay_ms", 700}});
    }

    // Once so many more than before are admitted, and none is answered.
    void stop_amid_orders(std::int64_t before, int more) {
        const auto admitted = [&] { return all_orders() == before + more; };
        ASSERT_TRUE(eventually(admitted, 10s, "orders under way")) << stack_.tails();
        ASSERT_TRUE(stack_.process("api-1").kill(SIGSTOP));
        stack_.clear_rules();
    }

    std::int64_t all_orders() { return stack_.count("select count(*) from api_order"); }

    pinwire_stack stack_;
};

TEST_F(ApiStandsStill, AmidOrdersAnswersTrulyAndSendsOnce) {
    constexpr int some = 6;
    const auto callers = bring_up(stack_, {"1", "2"});
    ASSERT_EQ(callers[0].request(number_of(0), with_lookup).status, 200) << stack_.tails();
    int next = 1;
    for (const auto time : {1s, 20s}) {
        SCOPED_TRACE(fmt::format("for {} s", time.count()));
        const int first = next;
        next += 2 * some;
        const auto before = all_orders();
        be_slow();
        const auto begun = orders(callers[0], first, some);
        auto under_way = std::async(std::launch::async, [&] { return at_once(begun); });
        ASSERT_NO_FATAL_FAILURE(stop_amid_orders(before, some));
        const auto later = orders(callers[0], first + some, some);
        auto meanwhile = std::async(std::launch::async, [&] { return at_once(later); });
        act_slowly(time);
        ASSERT_TRUE(stack_.process("api-1").kill(SIGCONT));
        expect_true(under_way.get(), first);
        expect_true(meanwhile.get(), first + some);
        ASSERT_NO_FATAL_FAILURE(expect_each_sent_once(callers[0], first, 2 * some));
    }

    // until another has answered every one of its callers, and everything was delivered
    const auto before = all_orders();
    be_slow();
    const auto begun = orders(callers[0], next, some);
    auto under_way = std::async(std::launch::async, [&] { return at_once(begun); });
    ASSERT_NO_FATAL_FAILURE(stop_amid_orders(before, some));
    ASSERT_NO_FATAL_FAILURE(expect_each_sent_once(callers[1], next, some));
    ASSERT_TRUE(stack_.process("api-1").kill(SIGCONT));
    expect_true(under_way.get(), next);
    ASSERT_NO_FATAL_FAILURE(pass_all_partitions(stack_, callers[0]));
    for (int i = next; i < next + some; ++i)
        EXPECT_EQ(messages_to(stack_, number_of(i)), 1U) << i;
    EXPECT_TRUE(stack_.process("api-1").running()) << stack_.tails();
}

}  // namespace
}  // namespace pinwire::test
