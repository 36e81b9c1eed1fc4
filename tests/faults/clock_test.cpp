// Somebody sets the clock of one machine an hour ahead, an hour back, and right again, under load:
// no job ends for it, none is sent twice, no report is given up as late that was taken, orders are
// answered and codes verify, and the process says that its clock is off as long as it is. Method:
// each process goes by a clock of its own (machine_clock.hpp); validities are so long that only a
// clock can end one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <memory>

#include "tests/faults/api_orders.hpp"
#include "tests/faults/network.hpp"
#include "tests/faults/steady_load.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/machine_clock.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr int orders_at_a_time = 3;
// Ahead of the broker's clock; of a topic that keeps the producers' time, from Kafka 4 on.
constexpr auto kafka_takes_no_more = 1h;

stack_options judged_by_news_alone() {
    stack_options made;
    made.jobs_options["message.timestamp.type"] = "LogAppendTime";  // as `topics create` has it
    made.edit = [](toml_tables& to) {
        be_patient(to);
        to["worker"]["doubt_wait"] = "\"30s\"";
    };
    return made;
}

// How far a process says that its clock is ahead; 0: it finds nothing to say.
std::chrono::milliseconds ahead_as_said(pinwire_stack& stack, const std::string& process) {
    const auto said = stack.readiness(process, process == "callback" ? "settler" : "").body;
    const std::string mark = "this machine's clock is ";
    const auto at = said.find(mark);
    if (at == std::string::npos) return 0ms;
    return std::chrono::milliseconds(std::stoll(said.substr(at + mark.size())));
}

class Clocks : public testing::Test {
protected:
    Clocks() : stack_(judged_by_news_alone()), load_(stack_, stack_.jobs()) {
        stack_.start_callback(clocks_["callback"].environment());
        stack_.start_worker("1", clocks_["worker-1"].environment());
        const auto key = add_key(stack_, "acme");
        stack_.pinwire({"accounts", "set", "acme", "--per-number", ""});
        stack_.start_api("1", clocks_["api-1"].environment());
        for (const auto& [name, clock] : clocks_)
            stack_.wait_until_ready(name);
        caller_ = std::make_unique<api_caller>(stack_.api(), key);
        wait_until_known(*caller_);
    }

    // The load goes on meanwhile, and some seconds more.
    void set(const std::string& process, std::chrono::milliseconds ahead) {
        clocks_[process].be_ahead(ahead);
        const auto says_so = [&] {
            return std::chrono::abs(ahead_as_said(stack_, process) - ahead) < 2s;
        };
        load_.until(says_so, 3s, "that the process knows how far its clock is off");
        expect_news_to_go_on();
        order();
    }

    // Carriers' reports are taken and settled while the clock is off.
    void expect_news_to_go_on() {
        const auto delivered = [this] {
            return stack_.count("select count(*) from job where dlr_status = 8");
        };
        const auto before = delivered();
        load_.until([&] { return delivered() >= before + 10; }, 0ms, "that reports are taken");
    }

    // Some, and the codes are right.
    void order() {
        for (int i = 0; i < orders_at_a_time; ++i) {
            const auto number = number_of(++orders_);
            const auto answer = until_taken(*caller_, number, fmt::format("order {}", orders_));
            ASSERT_EQ(answer.status, 200) << answer << stack_.tails();
            const auto pin = pin_on_handset(stack_, number);
            const auto guess = caller_->verify(number, pin);
            ASSERT_EQ(guess.status, 200) << guess << stack_.tails();
            EXPECT_EQ(guess.body["result"]["verified"], true) << guess;
        }
    }

    // By a clock: too late to be sent, or closed though its news had come.
    void expect_none_ended_by_a_clock() {
        EXPECT_EQ(
            stack_.count("select count(*) from job where reason in ('expired', 'pin_expired')"), 0
        );
        EXPECT_EQ(stack_.count("select count(*) from job where in_doubt"), 0);
        for (const auto* process : {"worker-1", "callback"})
            EXPECT_EQ(stack_.figure(process, "pinwire_closed_overdue_total"), 0) << process;
    }

    std::map<std::string, machine_clock> clocks_;
    pinwire_stack stack_;
    steady_load load_;
    std::unique_ptr<api_caller> caller_;
    int orders_ = 0;
};

TEST_F(Clocks, SetWrongUnderLoadHarmNoJobReportOrOrder) {
    ASSERT_NO_FATAL_FAILURE(order());
    for (const auto* process : {"worker-1", "callback", "api-1"}) {
        for (const auto ahead : {1h, -1h, 0h}) {
            SCOPED_TRACE(fmt::format("{} {} h ahead", process, ahead.count()));
            ASSERT_NO_FATAL_FAILURE(set(process, ahead));
        }
    }
    EXPECT_TRUE(oracle(stack_).holds(90s));
    expect_none_ended_by_a_clock();
}

// Begun on a machine whose clock is off already, before it could ask the database for the time.
TEST_F(Clocks, WrongFromTheStartHarmNoneEither) {
    for (const auto ahead : {kafka_takes_no_more + 1h, -1h}) {
        SCOPED_TRACE(fmt::format("{} h ahead", ahead.count()));
        load_.run(1s);
        for (const auto* process : {"worker-1", "callback", "api-1"}) {
            stack_.process(process).kill(SIGTERM);
            ASSERT_TRUE(stack_.process(process).wait(20s)) << stack_.tails();
            clocks_[process].be_ahead(ahead);
        }
        load_.run(1s);
        stack_.start_callback(clocks_["callback"].environment());
        stack_.start_worker("1", clocks_["worker-1"].environment());
        stack_.start_api("1", clocks_["api-1"].environment());
        const auto all_say_so = [&] {
            for (const auto& [process, clock] : clocks_)
                if (std::chrono::abs(ahead_as_said(stack_, process) - ahead) >= 2s) return false;
            return true;
        };
        load_.until(all_say_so, 3s, "that all know how far their clocks are off");
        expect_news_to_go_on();
        wait_until_known(*caller_);
        ASSERT_NO_FATAL_FAILURE(order());
    }
    EXPECT_TRUE(oracle(stack_).holds(90s));
    expect_none_ended_by_a_clock();
}

}  // namespace
}  // namespace pinwire::test
