// kill -9 at each place where something becomes durable, under load: nothing is lost, nothing is
// sent twice, and the backlog drains once the process is started again.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "tests/faults/told.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

struct kill_point_case {
    const char* point;
    int pass;  // dies at this one
};

void PrintTo(const kill_point_case& one, std::ostream* out) {
    *out << one.point << ':' << one.pass;
}

std::string name_of(const testing::TestParamInfo<kill_point_case>& info) {
    std::string name = info.param.point;
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

pinwire_stack::environment armed(const kill_point_case& at) {
    return {{"PINWIRE_KILL_AT", fmt::format("{}:{}", at.point, at.pass)}};
}

// A few jobs at a time; once there are enough in flight, so slowly that each few are a batch.
void load_until_dead(pinwire_stack& stack, child_process& victim) {
    constexpr int at_least = 102, at_most = 600, step = 6;
    int made = 0;
    for (; made < at_least; made += step)
        stack.produce(stack.jobs().mixed("load", made, step));
    for (; made < at_most && !victim.wait(100ms); made += step)
        stack.produce(stack.jobs().mixed("load", made, step));
    const auto end = victim.wait(30s);
    ASSERT_TRUE(end) << "it never came to that place\n" << stack.tails();
    ASSERT_EQ(end->signal, SIGKILL) << to_string(*end) << '\n' << stack.tails();
}

std::map<std::string, std::string> sources() {
    std::map<std::string, std::string> made;
    for (const auto* folder : {"worker", "callback", "api", "common", "tests"}) {
        for (const auto& one :
             std::filesystem::recursive_directory_iterator(source_root() / folder))
            if (one.path().extension() == ".cpp")
                made[one.path().lexically_relative(source_root())] = read_file(one.path());
    }
    return made;
}

class WorkerKilled : public testing::TestWithParam<kill_point_case> {};

TEST_P(WorkerKilled, LosesAndRepeatsNothing) {
    pinwire_stack stack;
    stack.start_callback();
    stack.start_worker("1", armed(GetParam()));
    stack.wait_until_ready("callback");
    stack.wait_until_ready("worker-1");
    ASSERT_NO_FATAL_FAILURE(load_until_dead(stack, stack.process("worker-1")));
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds());
}

INSTANTIATE_TEST_SUITE_P(
    At,
    WorkerKilled,
    testing::Values(
        kill_point_case{"worker.after_poll", 4},
        kill_point_case{"worker.in_lookup", 8},
        kill_point_case{"worker.before_claim", 4},
        kill_point_case{"worker.after_claim", 4},
        kill_point_case{"worker.first_byte", 20},
        kill_point_case{"worker.before_record", 4},
        kill_point_case{"worker.after_record", 4},
        kill_point_case{"worker.before_offset", 30}
    ),
    name_of
);

TEST(WorkerKilledInShutdown, LosesAndRepeatsNothing) {
    pinwire_stack stack;
    stack.start_callback();
    stack.start_worker("1", armed({"worker.in_shutdown", 1}));
    stack.wait_until_ready("callback");
    stack.wait_until_ready("worker-1");
    stack.produce(stack.jobs().mixed("load", 0, 102));
    ASSERT_TRUE(eventually([&] { return stack.acceptances() > 5; }, 30s, "some jobs on their way"));
    auto& worker = stack.process("worker-1");
    worker.kill(SIGTERM);
    const auto end = worker.wait(30s);
    ASSERT_TRUE(end) << stack.tails();
    ASSERT_EQ(end->signal, SIGKILL) << to_string(*end);
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds());
}

TEST(WorkerStopped, DrainsAndLosesNothing) {
    pinwire_stack stack;
    stack.start();
    stack.produce(stack.jobs().mixed("load", 0, 102));
    ASSERT_TRUE(eventually([&] { return stack.acceptances() > 5; }, 30s, "some jobs on their way"));
    auto& worker = stack.process("worker-1");
    worker.kill(SIGTERM);
    const auto end = worker.wait(30s);
    ASSERT_TRUE(end) << stack.tails();
    EXPECT_EQ(*end, exit_status{}) << stack.tails();
    EXPECT_EQ(stack.count("select count(*) from attempt where state = 2"), 0);
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.count("select count(*) from attempt where takeovers > 0"), 0);
}

// Accepted by the carrier, not answered yet: the worker dies between its request and the response.
TEST(WorkerKilledBeforeTheResponse, LosesAndRepeatsNothing) {
    pinwire_stack stack;
    stack.rule({{"action", "slow"}, {"delay_ms", 1500}});
    stack.start();
    stack.produce(stack.jobs().plain("es", 0, 20, "34"));
    stack.produce(stack.jobs().plain("gb", 0, 20, "44"));
    stack.produce(stack.jobs().plain("de", 0, 20, "49"));
    ASSERT_TRUE(eventually([&] { return stack.acceptances() >= 30; }, 30s, "requests under way"))
        << stack.tails();
    auto& worker = stack.process("worker-1");
    worker.kill(SIGKILL);
    worker.wait(10s);
    const auto under_way = stack.count("select count(*) from attempt where state = 2");
    EXPECT_GT(under_way, 0);
    stack.clear_rules();
    stack.start_worker();
    EXPECT_TRUE(oracle(stack).holds());
}

class CallbackKilled : public testing::TestWithParam<kill_point_case> {};

TEST_P(CallbackKilled, LosesAndRepeatsNothing) {
    pinwire_stack stack;
    stack.start_callback(armed(GetParam()));
    stack.start_worker();
    stack.wait_until_ready("callback");
    stack.wait_until_ready("worker-1");
    ASSERT_NO_FATAL_FAILURE(load_until_dead(stack, stack.process("callback")));
    stack.start_callback();
    EXPECT_TRUE(oracle(stack).holds());
}

// Markers are settled each second and partition, so the settler's passes begin before the load.
INSTANTIATE_TEST_SUITE_P(
    At,
    CallbackKilled,
    testing::Values(
        kill_point_case{"callback.before_ack", 20},
        kill_point_case{"callback.after_ack", 20},
        kill_point_case{"callback.before_settle", 12},
        kill_point_case{"callback.after_settle", 12},
        kill_point_case{"callback.before_report_done", 20},
        kill_point_case{"callback.after_report_done", 20}
    ),
    name_of
);

// The commits that an ordinary load seldom comes to, each made to happen: one life of the callback
// for each, one after the other over the same jobs.
class CallbackKilledInTurn : public testing::Test {
protected:
    CallbackKilledInTurn() {
        stack_.query(
            "alter table attempt add constraint poison"
            " check (dlr_error is distinct from '666')"
        );
    }

    // One round of what leads to each of those places.
    void provoke() {
        const auto name = fmt::format("turn{:03}", ++rounds_);
        auto jobs = stack_.jobs().mixed(name, 0, 17);
        // its carrier never reports: closed by its timer
        for (int i = 0; i < 3; ++i)
            jobs.push_back(stack_.jobs().sms(fmt::format("silent-{}-{}", name, i), "34", "0003"));
        stack_.produce(jobs);
        // a report that had no row when it came, and has one now
        stack_.query(
            "insert into dlr_parked (carrier, entry, why, intake_at, next_at)"
            " select carrier, json_build_object('carrier', carrier, 'reference', hex_name(id),"
            " 'dlr_status', 'DELIVRD', 'intake_at', '2026-01-01T00:00:00Z'), 'no_match', now(),"
            " now() from attempt where state = 4 order by id desc limit 1"
        );
        poison();
    }
    // A report that the database refuses, of a message that gets no other.
    void poison() {
        auto sent = carried_of(stack_, "silent");
        std::erase_if(sent, [](const carried& one) { return one.carrier != "infobip"; });
        if (sent.empty()) return;
        auto entry = infobip_entry(std::string(32, 'b'), news::undelivered);
        entry["messageId"] = sent.back().attempt;
        entry["error"] = {{"id", 666}};
        try {
            tell_infobip(stack_, {entry});
        } catch (const std::runtime_error&) {
            // killed in between
        }
    }
    void die_at(const std::string& point) {
        SCOPED_TRACE(point);
        stack_.start_callback(armed({point.c_str(), 2}));
        auto& victim = stack_.process("callback");
        for (int round = 0; round < 60 && !victim.wait(300ms); ++round)
            provoke();
        const auto end = victim.wait(30s);
        ASSERT_TRUE(end) << "it never came to that place\n" << stack_.tails();
        ASSERT_EQ(end->signal, SIGKILL) << to_string(*end) << '\n' << stack_.tails();
    }

    pinwire_stack stack_;
    int rounds_ = 0;
};

TEST_F(CallbackKilledInTurn, LosesAndRepeatsNothing) {
    stack_.rule({{"kind", "customer"}, {"action", "unavailable"}, {"probability", 0.3}, {"seed", 6}}
    );
    stack_.start_worker();
    stack_.wait_until_ready("worker-1");
    for (const auto* point :
         {"callback.after_close",
          "callback.after_unpark",
          "callback.after_bury",
          "callback.after_take",
          "callback.after_take_retries",
          "announcer.after_publish"})
        ASSERT_NO_FATAL_FAILURE(die_at(point));
    stack_.clear_rules();
    stack_.start_callback();
    EXPECT_TRUE(oracle(stack_).holds(90s));
}

// A place that no test kills at proves nothing.
TEST(KillPoints, EachIsKilledAt) {
    std::set<std::string> named;
    std::string tests;
    for (const auto& [file, text] : sources()) {
        static const std::regex call("kill_point\\(\"([a-z_.]+)\"\\)");
        const bool is_test = file.starts_with("tests/");
        if (is_test) tests += text;
        for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at)
            if (!is_test) named.insert((*at)[1]);
    }
    EXPECT_GE(named.size(), 20U);
    for (const auto& one : named)
        EXPECT_NE(tests.find('"' + one + '"'), std::string::npos) << one;
}

// The customer has the report and hasn't answered: it may come again, with the same id and words.
TEST(CallbackKilledBeforeTheCustomersAnswer, ReportsOnceOrTheSameAgain) {
    pinwire_stack stack;
    stack.rule({{"kind", "customer"}, {"action", "slow"}, {"delay_ms", 1500}});
    stack.start();
    stack.produce(stack.jobs().mixed("load", 0, 51));
    const auto reports_under_way = [&] {
        return stack.count("select count(*) from report where lease_owner is not null") > 10;
    };
    ASSERT_TRUE(eventually(reports_under_way, 30s, "reports under way")) << stack.tails();
    auto& callback = stack.process("callback");
    callback.kill(SIGKILL);
    ASSERT_TRUE(callback.wait(10s));
    stack.clear_rules();
    stack.start_callback();
    EXPECT_TRUE(oracle(stack).holds());
}

// SIGTERM: what was given out comes back, and the process ends in order.
TEST(CallbackStopped, DrainsAndLosesNothing) {
    pinwire_stack stack;
    stack.start();
    stack.produce(stack.jobs().mixed("load", 0, 102));
    ASSERT_TRUE(eventually([&] { return !stack.journal("report").empty(); }, 30s, "a report"));
    auto& callback = stack.process("callback");
    callback.kill(SIGTERM);
    const auto end = callback.wait(30s);
    ASSERT_TRUE(end) << stack.tails();
    EXPECT_EQ(*end, exit_status{}) << stack.tails();
    stack.start_callback();
    EXPECT_TRUE(oracle(stack).holds());
}

}  // namespace
}  // namespace pinwire::test
