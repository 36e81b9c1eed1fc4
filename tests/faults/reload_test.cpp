// A reload under load: every service takes a new file while jobs and calls flow, nothing is lost,
// repeated or refused because of it, and a wrong file changes nothing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <regex>
#include <thread>

#include "tests/support/eventually.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/support/stack/api_caller.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

void append(const pinwire_stack& stack, const std::string& name, const std::string& text) {
    std::ofstream(stack.configuration_file(name), std::ios::app) << text;
}

std::size_t times_said(const pinwire_stack& stack, const std::string& name, const char* what) {
    const auto text = stack.log(name);
    std::size_t times = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++times;
    return times;
}

double figure(pinwire_stack& stack, const std::string& name, const std::string& line) {
    const auto text = stack.metrics(name);
    const auto at = text.find(line + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size() + 1));
}

void reload(pinwire_stack& stack, const std::string& name) {
    const auto before = times_said(stack, name, "event=reloaded");
    ASSERT_TRUE(stack.process(name).kill(SIGHUP));
    ASSERT_TRUE(eventually(
        [&] { return times_said(stack, name, "event=reloaded") > before; },
        30s,
        name + "event=reloaded"
    )) << stack.tails();
}

int pause_of(const pinwire_stack& stack, const std::string& name) {
    const auto text = stack.log(name);
    std::smatch found;
    const auto last = text.substr(text.rfind("event=reloaded"));
    return std::regex_search(last, found, std::regex("pause_ms=([0-9]+)")) ? std::stoi(found[1])
                                                                           : -1;
}

TEST(Reload, LosesAndRepeatsNothingUnderLoad) {
    pinwire_stack stack;
    stack.start();
    for (int round = 0; round < 4; ++round) {
        stack.produce(stack.jobs().mixed(fmt::format("load{}", round), 0, 102));
        const auto some = stack.acceptances() + 5;
        ASSERT_TRUE(eventually([&] { return stack.acceptances() > some; }, 30s, "jobs under way"))
            << stack.tails();
        ASSERT_NO_FATAL_FAILURE(reload(stack, round % 2 == 0 ? "worker-1" : "callback"));
    }
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.count("select count(*) from attempt where takeovers > 0"), 0);
    EXPECT_EQ(times_said(stack, "worker-1", "event=stopped clean=false"), 0U)
        << stack.log("worker-1");
}

TEST(Reload, TakesWhatTheFileSaysFromThenOn) {
    pinwire_stack stack;
    stack.start();
    stack.produce(stack.jobs().plain("before", 0, 5, "34"));
    ASSERT_TRUE(eventually([&] { return stack.acceptances() == 5; }, 30s, "the jobs of before"));
    append(stack, "worker", "\n[routes.es_new]\ncarrier = \"nrs\"\nprefixes = [\"34\"]\n");
    ASSERT_NO_FATAL_FAILURE(reload(stack, "worker-1"));
    EXPECT_EQ(figure(stack, "worker-1", R"(pinwire_config_reloads_total{result="applied"})"), 1);
    stack.produce(stack.jobs().plain("after", 0, 5, "34"));
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.count("select count(*) from attempt where route = 'es_new'"), 5);
    EXPECT_EQ(times_said(stack, "worker-1", "condition=paused"), 0U) << stack.log("worker-1");
}

// They waited for their turn at a slow route; the next one takes them now, side by side.
TEST(Reload, MovesWhatWaitsOnARouteThatIsGone) {
    constexpr int jobs = 60;
    const auto route = [](const char* name, const char* tps) {
        return fmt::format(
            "\n[routes.{}]\ncarrier = \"infobip\"\nprefixes = [\"86\"]\ntps = {}\n", name, tps
        );
    };
    pinwire_stack stack;
    stack.start();
    const auto as_it_was = read_file(stack.configuration_file("worker"));
    append(stack, "worker", route("slow", "0.5"));
    ASSERT_NO_FATAL_FAILURE(reload(stack, "worker-1"));
    stack.produce(stack.jobs().plain("moved", 0, jobs, "86"));
    const auto waiting = [&] {
        return stack.count("select count(*) from due where what = 1 and route = 'slow'") > jobs / 2;
    };
    ASSERT_TRUE(eventually(waiting, 30s, "jobs that wait")) << stack.tails();
    stack.rule({{"instance", "infobip"}, {"action", "slow"}, {"delay_ms", 1000}});
    std::ofstream(stack.configuration_file("worker")) << as_it_was << route("quick", "1000");
    ASSERT_NO_FATAL_FAILURE(reload(stack, "worker-1"));
    const auto moved = [&] {
        return stack.count("select count(*) from attempt where route = 'quick' and state = 4") >
               jobs / 2;
    };
    EXPECT_TRUE(eventually(moved, 20s, "all of them moved and sent")) << stack.tails();
    stack.clear_rules();
    EXPECT_TRUE(oracle(stack).holds());
}

TEST(Reload, RefusesAWrongFileAndWorksOn) {
    pinwire_stack stack;
    stack.start();
    append(stack, "worker", "\n[routes.bad]\ncarrier = \"nobody\"\ntps = -1\n");
    ASSERT_TRUE(stack.process("worker-1").kill(SIGHUP));
    ASSERT_TRUE(eventually(
        [&] { return times_said(stack, "worker-1", "event=reload_refused") == 1; }, 10s, "a refusal"
    ));
    EXPECT_EQ(times_said(stack, "worker-1", "routes.bad.carrier"), 1U);
    EXPECT_EQ(times_said(stack, "worker-1", "routes.bad.tps"), 1U);
    EXPECT_EQ(figure(stack, "worker-1", R"(pinwire_config_reloads_total{result="refused"})"), 1);
    stack.produce(stack.jobs().mixed("load", 0, 17));
    EXPECT_TRUE(oracle(stack).holds());
}

// Callers while the API takes a new file: each one is served, by this life or by the next.
TEST(Reload, OfTheApiIsAPauseToCallersAndNoRefusal) {
    pinwire_stack stack;
    stack.start_callback();
    stack.start_worker();
    const auto key = add_key(stack, "acme");
    stack.pinwire({"accounts", "set", "acme", "--per-number", ""});
    stack.start_api();
    for (const auto* name : {"callback", "worker-1", "api-1"})
        stack.wait_until_ready(name);
    const api_caller caller(stack.api(), key);
    wait_until_known(caller);
    std::atomic<bool> enough = false;
    std::atomic<int> served = 0;
    std::vector<std::string> wrong;
    std::thread calling([&] {
        for (int i = 0; !enough; ++i) {
            try {
                const auto said =
                    caller.request(fmt::format("3461{:03}0000", i % 1000), {{"hlr_lookup", 1}});
                if (said.status == 200) ++served;
                if (said.status != 200) wrong.push_back(std::to_string(said.status));
            } catch (const std::runtime_error& error) {
                wrong.emplace_back(error.what());
            }
        }
    });
    for (int round = 0; round < 3; ++round) {
        const int before = served;
        const auto more = [&] { return served > before + 3; };
        EXPECT_TRUE(eventually(more, 30s, "served callers"));
        reload(stack, "api-1");
    }
    const int before = served;
    EXPECT_TRUE(eventually([&] { return served > before + 3; }, 30s, "served callers"));
    enough = true;
    calling.join();
    EXPECT_EQ(wrong, std::vector<std::string>()) << stack.tails();
}

// The figure that docs/operations.md quotes; it isn't judged here, machines differ.
TEST(Reload, OfAnIdleServiceSaysHowLongItPaused) {
    pinwire_stack stack;
    stack.start();
    stack.start_api();
    stack.wait_until_ready("api-1");
    for (const auto* name : {"worker-1", "callback", "api-1"}) {
        ASSERT_NO_FATAL_FAILURE(reload(stack, name));
        RecordProperty(name, pause_of(stack, name));
        EXPECT_GE(pause_of(stack, name), 0);
    }
}

// The operator's way to it, with the answer of each.
TEST(Reload, ByTheCommandSaysWhatBecameOfIt) {
    pinwire_stack stack;
    stack.start();
    const auto file = stack.configuration_file("worker").string();
    const auto said = run_program(program("pinwire"), {"reload", "--config", file}, 60s);
    EXPECT_NE(said.find("callback-1: applied"), std::string::npos) << said;
    EXPECT_NE(said.find("worker-1: applied"), std::string::npos) << said;
    append(stack, "callback", "\n[routes.bad]\ncarrier = \"nobody\"\n");
    try {
        run_program(program("pinwire"), {"reload", "callback-1", "--config", file}, 60s);
        ADD_FAILURE() << "a refusal looks like success";
    } catch (const std::runtime_error&) {
        EXPECT_EQ(times_said(stack, "callback", "event=reload_refused"), 1U);
    }
    stack.produce(stack.jobs().plain("after", 0, 5, "34"));
    EXPECT_TRUE(oracle(stack).holds());
}

}  // namespace
}  // namespace pinwire::test
