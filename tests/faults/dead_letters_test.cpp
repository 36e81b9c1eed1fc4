// Dead letters, from the death to the delivery: a job and a report that couldn't be read die, their
// causes are mended, they are put back, and it is as if they had never been away.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "tests/support/child_process.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/support/stack/oracle.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

std::vector<raw_record> letters(pinwire_stack& stack, const char* role) {
    return read_topic(stack.bootstrap(), stack.topic(role));
}

void wait_for_letters(pinwire_stack& stack, const char* role, std::size_t count) {
    const auto there = [&] { return letters(stack, role).size() == count; };
    ASSERT_TRUE(eventually(there, 60s, "dead letters")) << stack.tails();
}

// With that process's configuration, as JSON.
nlohmann::json replay(pinwire_stack& stack, const std::string& of, std::vector<std::string> more) {
    more.insert(more.begin(), {"--json", "dead-letters", "replay", "--since", "1h", "--yes"});
    more.insert(more.end(), {"--config", stack.configuration_file(of).string()});
    return nlohmann::json::parse(run_program(program("pinwire"), std::move(more), 60s));
}

std::size_t times_reloaded(const pinwire_stack& stack, const std::string& name) {
    const auto text = stack.log(name);
    std::size_t times = 0;
    for (auto at = text.find("event=reloaded"); at != std::string::npos;
         at = text.find("event=reloaded", at + 1))
        ++times;
    return times;
}

void reload(pinwire_stack& stack, const std::string& name) {
    const auto before = times_reloaded(stack, name);
    ASSERT_TRUE(stack.process(name).kill(SIGHUP));
    const auto done = [&] { return times_reloaded(stack, name) > before; };
    ASSERT_TRUE(eventually(done, 30s, name + " reloaded")) << stack.tails();
}

void replace_in_file(
    const std::filesystem::path& file, const std::string& from, const std::string& to
) {
    auto text = read_file(file);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    std::ofstream(file, std::ios::trunc) << text;
}

TEST(DeadLetters, AJobWhoseCauseIsMendedIsReplayedAndDeliveredOnce) {
    stack_options options;
    options.edit = [](toml_tables& to) { to["accounts.initech"] = to["accounts.acme"]; };
    pinwire_stack stack(options);
    for (const auto* name : {"worker", "callback"})
        ASSERT_NO_FATAL_FAILURE(replace_in_file(
            stack.configuration_file(name), "[accounts.initech]", "[accounts.initech_later]"
        ));
    stack.start();
    auto job = stack.jobs().sms("died", "34", "0000");
    job.account = "initech";
    job.body["account"] = "initech";
    job.body["report_url"] = stack.sim() + "/customer/acme";
    stack.produce({job});
    stack.produce(stack.jobs().plain("others", 0, 5, "34"));
    ASSERT_NO_FATAL_FAILURE(wait_for_letters(stack, "jobs_dead", 1));
    // too early: it dies again, and says that it had been put back
    EXPECT_EQ(replay(stack, "worker", {"--reason", "unknown_account"})["letters"], 1);
    ASSERT_NO_FATAL_FAILURE(wait_for_letters(stack, "jobs_dead", 2));
    int again = 0;
    std::string first_time;
    for (const auto& one : letters(stack, "jobs_dead")) {
        EXPECT_EQ(one.header("x-reason"), "unknown_account");
        if (first_time.empty()) first_time = one.header("x-orig-timestamp");
        EXPECT_EQ(one.header("x-orig-timestamp"), first_time);
        if (one.header("pinwire-replayed") == "1") ++again;
    }
    EXPECT_EQ(again, 1);

    for (const auto* name : {"worker", "callback"})
        ASSERT_NO_FATAL_FAILURE(replace_in_file(
            stack.configuration_file(name), "[accounts.initech_later]", "[accounts.initech]"
        ));
    ASSERT_NO_FATAL_FAILURE(reload(stack, "worker-1"));
    ASSERT_NO_FATAL_FAILURE(reload(stack, "callback"));
    // both letters, twice over: four copies of one job
    EXPECT_EQ(replay(stack, "worker", {})["letters"], 2);
    EXPECT_EQ(replay(stack, "worker", {})["letters"], 2);
    EXPECT_TRUE(oracle(stack).drained());
    const auto found = oracle(stack).findings();
    ASSERT_EQ(found.size(), 1U) << testing::PrintToString(found);
    EXPECT_NE(found[0].find("a dead letter nobody expected"), std::string::npos) << found[0];
    EXPECT_EQ(stack.acceptances(), 6U);
    EXPECT_EQ(stack.count("select count(*) from job where job_id = 'died' and dlr_status = 8"), 1);
    EXPECT_EQ(letters(stack, "jobs_dead").size(), 2U);
}

// Infobip's own service, described by hand: at first with the status in the wrong place.
void describe_pigeon(toml_tables& to) {
    auto& carrier = to["carriers.pigeon"];
    carrier = to["carriers.infobip"];
    carrier.erase("idempotency_window");
    carrier["kind"] = "\"http\"";
    auto& sms = to["carriers.pigeon.http.sms"];
    sms["target"] = "\"/sms/2/text/advanced\"";
    sms["headers"] = R"(["Authorization: App {secret}"])";
    sms["body"] = R"('{"messages":[{"from":"{from}","text":"{text}","notifyUrl":"{dlr_url}",)"
                  R"("destinations":[{"to":"{to}","messageId":"{reference}"}]}]}')";
    auto& answer = to["carriers.pigeon.http.answer"];
    answer["success_pointer"] = "\"/messages/0/status/groupName\"";
    answer["success_values"] = R"(["PENDING"])";
    answer["id_pointer"] = "\"/messages/0/messageId\"";
    auto& dlr = to["carriers.pigeon.http.dlr"];
    dlr["entries"] = "\"/results\"";
    dlr["id"] = "\"/messageId\"";
    dlr["status"] = "\"/state/name\"";
    dlr["statuses"] = R"(["DELIVERED_TO_HANDSET=DELIVRD"])";
    auto& route = to["routes.pigeons"];
    route = to["routes.es_first"];
    route["carrier"] = "\"pigeon\"";
    route["prefixes"] = R"(["41"])";
    route["validity"] = "\"10m\"";  // nothing closes while the report is dead
}

TEST(DeadLetters, AReportThatCouldNotBeReadIsReplayedAndToldOnce) {
    stack_options options;
    options.edit = describe_pigeon;
    pinwire_stack stack(options);
    stack.start();
    stack.produce({stack.jobs().sms("unread", "41", "0000")});
    ASSERT_NO_FATAL_FAILURE(wait_for_letters(stack, "dlrs_dead", 1));
    const auto letter = letters(stack, "dlrs_dead").at(0);
    EXPECT_EQ(letter.header("x-carrier"), "pigeon");
    EXPECT_EQ(letter.payload->find("DELIVERED"), std::string::npos) << "it isn't sealed";
    EXPECT_EQ(stack.count("select count(*) from job where final_at is null"), 1);
    const auto unread = replay(stack, "callback", {"--topic", "dlrs"});
    EXPECT_EQ(unread["letters"], 0) << unread;
    EXPECT_EQ(unread["stay"], 1);

    ASSERT_NO_FATAL_FAILURE(
        replace_in_file(stack.configuration_file("callback"), "/state/name", "/status/name")
    );
    ASSERT_NO_FATAL_FAILURE(reload(stack, "callback"));
    EXPECT_EQ(replay(stack, "callback", {"--topic", "dlrs"})["letters"], 1);
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(
        stack.count("select count(*) from job where dlr_status = 8 and final_at is not null"), 1
    );
    // once more changes nothing
    EXPECT_EQ(replay(stack, "callback", {"--topic", "dlrs"})["letters"], 1);
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.acceptances(), 1U);
}

}  // namespace
}  // namespace pinwire::test
