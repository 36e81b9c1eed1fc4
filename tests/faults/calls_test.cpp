// Calls by a platform that asks what to say once somebody answers: a human hears the PIN, a machine
// doesn't, and the plan goes on as after any call that didn't reach anybody.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

constexpr const char* human = "0200";
constexpr const char* machine = "0201";
constexpr const char* hung_up = "0205";

// Statuses by their numbers in the tables.
constexpr int answered_machine = 11;
constexpr int processed = 12;
constexpr int undeliv = 6;
constexpr int delivrd = 8;

stack_options calls_by_twilio() {
    stack_options made;
    made.edit = [](toml_tables& to) {
        auto& route = to["routes.calls"];
        route["carrier"] = "\"twilio\"";
        route["validity"] = "\"5m\"";  // of the words too: a slow machine is no late one
    };
    return made;
}

std::string digits_in(const std::string& text) {
    std::string made;
    for (const char c : text)
        if (c >= '0' && c <= '9') made += c;
    return made;
}

class CallsThatAskForTheirWords : public testing::Test {
protected:
    void give(const std::vector<made_job>& jobs) {
        stack_.start();
        stack_.produce(jobs);
        ASSERT_TRUE(oracle(stack_).holds());
    }
    made_job call(const std::string& id, const std::string& suffix) {
        auto made = stack_.jobs().voice(id, suffix);
        made.body["pin"] = {{"type", "numeric"}, {"length", 6}};
        made.body["text"] = "Your code is {PIN}";
        return made;
    }
    // A call, and a message unless it reached somebody.
    made_job planned(const std::string& id, const std::string& suffix) {
        auto made = stack_.jobs().sms(id, "34", suffix);
        made.body["from"] = "34911000000";  // of calls it must be a number
        made.body["steps"].push_back({{"channel", "voice"}, {"after", 300}});
        made.body["steps"].push_back({{"channel", "sms"}});
        return made;
    }
    // What the platform said to whoever answered at that number; none: it never asked.
    std::vector<std::string> said_to(const made_job& job) {
        std::vector<std::string> all;
        for (const auto& line : stack_.journal("spoken"))
            if (line.at("number") == job.key) all.push_back(line.at("text").get<std::string>());
        return all;
    }
    std::int64_t jobs_with(const made_job& job, const std::string& what) {
        return stack_.count(
            fmt::format("select count(*) from job where msisdn = '{}' and {}", job.key, what)
        );
    }

    pinwire_stack stack_{calls_by_twilio()};
};

TEST_F(CallsThatAskForTheirWords, AreHeardByAHumanTwiceAndByNoMachine) {
    const auto to_human = call("human", human);
    const auto to_machine = call("machine", machine);
    const auto to_nobody = call("hung-up", hung_up);
    give({to_human, to_machine, to_nobody});

    const auto heard = said_to(to_human);
    ASSERT_EQ(heard.size(), 1U);
    const auto digits = digits_in(heard[0]);
    ASSERT_EQ(digits.size(), 12U) << "six digits, twice";
    EXPECT_EQ(digits.substr(0, 6), digits.substr(6));
    EXPECT_EQ(said_to(to_machine), std::vector<std::string>{""});
    EXPECT_TRUE(said_to(to_nobody).empty());

    const auto ended = [](int call, int dlr) {
        return fmt::format("call_status = {} and dlr_status = {}", call, dlr);
    };
    EXPECT_EQ(jobs_with(to_human, ended(processed, delivrd)), 1);
    EXPECT_EQ(jobs_with(to_machine, ended(answered_machine, undeliv)), 1);
    EXPECT_EQ(jobs_with(to_nobody, ended(answered_machine, undeliv)), 1);
    EXPECT_EQ(stack_.log("callback").find(digits.substr(0, 6)), std::string::npos);
    for (const auto& line : stack_.journal("accepted"))
        EXPECT_EQ(line.at("text"), "") << "the request brings no words along";
}

TEST_F(CallsThatAskForTheirWords, GoOnWithTheirPlanAfterAMachine) {
    const auto missed = planned("missed", machine);
    const auto reached = planned("reached", human);
    give({missed, reached});
    EXPECT_EQ(said_to(missed), std::vector<std::string>{""});
    EXPECT_EQ(jobs_with(missed, "attempts = 2 and sms_status = 2 and dlr_status = 8"), 1);
    EXPECT_EQ(jobs_with(reached, "attempts = 1 and sms_status is null"), 1);
}

}  // namespace
}  // namespace pinwire::test
