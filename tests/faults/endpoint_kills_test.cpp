// kill -9 where it becomes durable that an endpoint is off, because it said 410 or because it fails
// for too long: its reports are all kept, it is off whichever side of the commit the kill came, and
// once it is on again each arrives, one by its own id.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr int jobs = 24;

class EndpointKilled : public testing::Test {
protected:
    explicit EndpointKilled(stack_options options = {}) : stack_(std::move(options)) {}

    void send() {
        stack_.start_worker();
        stack_.wait_until_ready("worker-1");
        stack_.produce(stack_.jobs().plain("off", 0, jobs, "34"));
    }
    // A life of the callback that ends at that place, the first time that it comes there.
    void live_until(const std::string& point) {
        SCOPED_TRACE(point);
        stack_.start_callback({{"PINWIRE_KILL_AT", point + ":1"}});
        const auto end = stack_.process("callback").wait(60s);
        ASSERT_TRUE(end) << "it never came to that place\n" << stack_.tails();
        ASSERT_EQ(end->signal, SIGKILL) << to_string(*end) << '\n' << stack_.tails();
    }
    std::int64_t disabled() { return stack_.count("select count(*) from endpoint_disabled"); }
    std::string url() const { return stack_.sim() + "/customer/acme"; }
    bool was_announced(const std::string& reason) {
        for (const auto& record : read_topic(stack_.bootstrap(), stack_.topic("events"))) {
            const auto event = nlohmann::json::parse(record.payload.value_or("{}"));
            if (event.value("type", "") == "endpoint.disabled" && event["reason"] == reason)
                return true;
        }
        return false;
    }
    void wait_until_all_are_kept() {
        const auto kept = [&] {
            return stack_.count("select count(*) from job where final_at is not null") == jobs &&
                   stack_.count(
                       "select (select count(*) from report) + (select count(*) from report_retry)"
                   ) == 0 &&
                   stack_.count("select count(distinct job) from report_dead") == jobs;
        };
        EXPECT_TRUE(eventually(kept, 90s, "every report kept for replay")) << stack_.tails();
    }
    void enable() { stack_.pinwire({"endpoints", "enable", "acme", url(), "--rate", "100"}); }
    // The next life: it is off for this reason, and every report is kept.
    void expect_all_kept(const std::string& reason) {
        stack_.start_callback();
        wait_until_all_are_kept();
        EXPECT_EQ(stack_.count("select count(*) from report_dead"), jobs);
        ASSERT_EQ(disabled(), 1);
        EXPECT_EQ(
            stack_.query("select reason from endpoint_disabled where account = 'acme'")
                .one()
                .text(0),
            reason
        );
        const auto announced = [&] { return was_announced(reason); };
        EXPECT_TRUE(eventually(announced, 30s, "the event of it"));
    }
    void expect_all_told_once_it_is_on() {
        stack_.clear_rules();
        enable();
        EXPECT_TRUE(oracle(stack_).holds(90s));
        EXPECT_EQ(disabled(), 0);
    }

    pinwire_stack stack_;
};

class CallbackKilledWhenOneIsGone : public EndpointKilled,
                                    public testing::WithParamInterface<const char*> {};

TEST_P(CallbackKilledWhenOneIsGone, KeepsItsReportsAndHasItOff) {
    stack_.rule({{"kind", "customer"}, {"action", "answer"}, {"status", 410}});
    send();
    ASSERT_NO_FATAL_FAILURE(live_until(GetParam()));
    EXPECT_EQ(disabled(), std::string_view(GetParam()) == "endpoint.after_off" ? 1 : 0);
    ASSERT_NO_FATAL_FAILURE(expect_all_kept("410"));
    expect_all_told_once_it_is_on();
}

INSTANTIATE_TEST_SUITE_P(
    At,
    CallbackKilledWhenOneIsGone,
    testing::Values("endpoint.before_off", "endpoint.after_off"),
    [](const testing::TestParamInfo<const char*>& at) {
        return std::string(at.param).substr(std::string_view("endpoint.").size());
    }
);

stack_options soon_off() {
    stack_options made;
    made.edit = [](toml_tables& to) { to["callback.reports"]["disable_after"] = "\"2s\""; };
    return made;
}

class CallbackKilledAsItNotes : public EndpointKilled {
protected:
    CallbackKilledAsItNotes() : EndpointKilled(soon_off()) {}
};

// Every life dies at its first note, by turns before and behind the commit: what the tables know of
// the failures comes from those behind it alone, the one that turns the endpoint off among them.
TEST_F(CallbackKilledAsItNotes, KeepsItsReportsAndHasItOff) {
    stack_.start_callback();
    stack_.pinwire({"endpoints", "disable", "acme", url(), "--reason", "until all are there"});
    send();
    wait_until_all_are_kept();
    auto& first = stack_.process("callback");
    first.kill(SIGTERM);
    ASSERT_TRUE(first.wait(30s)) << stack_.tails();
    stack_.rule({{"kind", "customer"}, {"action", "server_error"}});
    enable();
    constexpr int lives = 40;
    for (int life = 0; life < lives && disabled() == 0; ++life) {
        const bool before = life % 3 == 0;
        const auto failures = [&] {
            return stack_.count("select coalesce(sum(failures), 0)::bigint from endpoint_failing");
        };
        const auto noted = failures();
        ASSERT_NO_FATAL_FAILURE(live_until(before ? "callback.before_note" : "callback.after_note")
        );
        if (before) {
            EXPECT_EQ(disabled(), 0);
            EXPECT_EQ(failures(), noted) << "it died before it could say so";
        } else {
            EXPECT_TRUE(disabled() == 1 || failures() > noted);
        }
    }
    ASSERT_NO_FATAL_FAILURE(expect_all_kept("failing"));
    expect_all_told_once_it_is_on();
}

}  // namespace
}  // namespace pinwire::test
