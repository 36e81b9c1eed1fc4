// The key ring is rotated while jobs, delivery reports and callers come: one service after the
// other is restarted between the steps, so that each ring meets each other one. No report is
// refused, no PIN becomes unreadable, and nobody seals with a key that somebody lacks.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>

#include "common/core/key_ring.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/api_caller.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

class KeyRotation : public testing::Test {
protected:
    std::string ring() const {
        return (stack_.configuration_file("worker").parent_path() / "ring").string();
    }
    key_ring keys() const { return key_ring::parse(read_file(ring())); }
    void rotate(std::vector<std::string> more) const {
        more.insert(more.begin(), {"keys", "rotate", "--file", ring()});
        stack_.pinwire(std::move(more));
    }
    // What it says when it refuses.
    std::string refusal(std::vector<std::string> more) const {
        try {
            rotate(std::move(more));
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        ADD_FAILURE() << "it was done";
        return "";
    }

    // Some more jobs, of which carriers have a few by the time it returns.
    void load() {
        const auto taken = stack_.acceptances();
        const auto jobs = stack_.jobs().mixed(fmt::format("round{}", ++rounds_), 0, 34);
        stack_.produce(jobs);
        const auto more = [&] { return stack_.acceptances() >= taken + 5; };
        ASSERT_TRUE(eventually(more, 60s, "jobs under way")) << stack_.tails();
    }

    void restart(const std::string& name) {
        ASSERT_TRUE(stack_.process(name).kill(SIGTERM));
        ASSERT_TRUE(stack_.process(name).wait(60s)) << name << " doesn't end\n" << stack_.tails();
        if (name == "worker-1") stack_.start_worker();
        if (name == "callback") stack_.start_callback();
        if (name == "api-1") stack_.start_api();
        stack_.wait_until_ready(name);
    }

    pinwire_stack stack_;

private:
    int rounds_ = 0;
};

TEST_F(KeyRotation, UnderLoadRefusesNoReportAndLosesNoPin) {
    stack_.start();
    ASSERT_NO_FATAL_FAILURE(load());
    rotate({"--id", "k2"});
    EXPECT_NE(refusal({"--use"}).find("isn't with everybody"), std::string::npos);
    ASSERT_NO_FATAL_FAILURE(load());
    ASSERT_NO_FATAL_FAILURE(restart("worker-1"));
    EXPECT_NE(refusal({"--use"}).find("callback"), std::string::npos) << "one is still without";
    ASSERT_NO_FATAL_FAILURE(load());
    ASSERT_NO_FATAL_FAILURE(restart("callback"));
    EXPECT_EQ(keys().active(), key_id("k1"));
    EXPECT_EQ(stack_.count("select count(*) from pin where guess_kid <> 'k1'"), 0);

    rotate({"--use"});
    EXPECT_EQ(keys().active(), key_id("k2"));
    for (const auto* name : {"worker-1", "callback"}) {
        ASSERT_NO_FATAL_FAILURE(load());
        ASSERT_NO_FATAL_FAILURE(restart(name));
    }
    ASSERT_NO_FATAL_FAILURE(load());
    EXPECT_TRUE(oracle(stack_).holds(120s));

    for (const auto* key : {"k1", "k2"})
        EXPECT_GT(
            stack_.count(fmt::format("select count(*) from pin where guess_kid = '{}'", key)), 0
        ) << key
          << " sealed nothing";
    for (const auto& line : stack_.journal("dlr")) {
        if (line.contains("wrong_token")) continue;  // the simulator's own mischief
        const auto answer = line["answer"].get<int>();
        EXPECT_TRUE(answer != 401 && answer != 403 && answer != 404) << line;
    }
    EXPECT_EQ(stack_.count("select count(*) from attempt where error like 'pin_%'"), 0);
    const auto said = stack_.log("worker-1");
    EXPECT_EQ(said.find("pin_key_unknown"), std::string::npos);
    EXPECT_EQ(said.find("pin_unreadable"), std::string::npos);
    // tokens and what stands in Kafka live on for a week
    EXPECT_NE(refusal({"--drop"}).find("may be needed until"), std::string::npos);
}

// Callers: a code of before the rotation is proved under the old key, one of after it under the new
// one, by a process that has both.
TEST_F(KeyRotation, ACodeOfBeforeItIsVerifiedAfterIt) {
    stack_.start();
    const auto key = add_key(stack_, "acme");
    stack_.start_api();
    stack_.wait_until_ready("api-1");
    const api_caller caller(stack_.api(), key);
    wait_until_known(caller);
    const auto ask = [&](const std::string& number) {
        const auto said = caller.request(number);
        EXPECT_EQ(said.status, 200) << said << stack_.tails();
        return pin_on_handset(stack_, number);
    };
    const auto verify = [&](const std::string& number, const std::string& pin) {
        const auto said = caller.verify(number, pin);
        EXPECT_EQ(said.body["result"]["verified"], true) << said;
    };
    const std::string first = "34611010000";
    const std::string second = "34611020000";
    const std::string third = "34611030000";
    const auto of_before = ask(first);
    rotate({"--id", "k2"});
    for (const auto* name : {"worker-1", "callback", "api-1"})
        ASSERT_NO_FATAL_FAILURE(restart(name));
    wait_until_known(caller);
    const auto of_between = ask(second);
    rotate({"--use"});
    ASSERT_NO_FATAL_FAILURE(restart("worker-1"));
    const auto of_after = ask(third);
    verify(third, of_after);  // sealed with the new key, guessed at a process that only holds it
    ASSERT_NO_FATAL_FAILURE(restart("api-1"));
    wait_until_known(caller);
    verify(first, of_before);
    verify(second, of_between);
    EXPECT_EQ(stack_.count("select count(*) from pin where guess_kid = 'k2'"), 1);
    EXPECT_EQ(stack_.count("select count(*) from pin where guess_kid = 'k1'"), 2);
}

}  // namespace
}  // namespace pinwire::test
