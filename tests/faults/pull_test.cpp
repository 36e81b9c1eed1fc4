// Reports that get lost on their way are fetched: the job ends by what its carrier says, once, and
// a report that is posted after all changes nothing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "common/core/key_ring.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/private_key.hpp"
#include "tests/support/stack/http_call.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* lost = "0024";    // the report is only told to who asks
constexpr const char* silent = "0003";  // it is told to nobody

void be_impatient(std::map<std::string, std::string>& carrier) {
    carrier["pull_after"] = "\"200ms\"";
    carrier["pull_every"] = "\"200ms\"";
    carrier["pull_rate"] = "100";
}

// Routes wait so long that only a fetched report ends a job within a test.
stack_options patient() {
    stack_options made;
    made.edit = [](toml_tables& to) {
        for (auto& [name, table] : to) {
            if (name.starts_with("routes.")) table["validity"] = "\"1h\"";
            if (name == "carriers.infobip" || name == "carriers.nrs" || name == "carriers.twilio")
                be_impatient(table);
        }
        to["routes.calls"]["carrier"] = "\"twilio\"";
        to["carriers.twilio"]["machine_detection"] = "false";
    };
    return made;
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream from(file);
    std::ostringstream all;
    all << from.rdbuf();
    return all.str();
}

// As the carrier would post it to the URL that it was given.
int post_report(pinwire_stack& stack, const char* carrier, const std::string& attempt) {
    const auto settings = text_of(stack.configuration_file("callback"));
    const auto folder = stack.configuration_file("callback").parent_path();
    const auto keys = key_ring::parse(text_of(folder / "ring"));
    const auto at = settings.find("public_url = \"http://") + 21;
    const auto where = settings.substr(at, settings.find('"', at) - at);
    const auto token = keys.dlr_token(carrier_name(carrier), *attempt_id::parse(attempt));
    const auto body = fmt::format(
        R"({{"results":[{{"messageId":"{}","status":{{"id":5}},"error":{{"id":0}}}}]}})", attempt
    );
    const auto answer = http_call(where, "POST", fmt::format("/dlr/{}/{}", carrier, token), body);
    return answer.status;
}

std::int64_t pulled(pinwire_stack& stack) {
    return stack.count("select count(*) from dlr_history where raw like '%\"pulled\":true%'");
}

TEST(LostReports, OfEveryCarrierThatCanBeAskedAreFetched) {
    pinwire_stack stack(patient());
    stack.start();
    stack.produce(
        {stack.jobs().sms("infobip", "34", lost),
         stack.jobs().sms("nrs", "44", lost),
         stack.jobs().sms("twilio", "33", lost),
         stack.jobs().voice("call", lost),
         stack.jobs().sms("posted", "34", "0000")}
    );
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.count("select count(*) from job where dlr_status = 8"), 5);
    EXPECT_EQ(stack.count("select count(*) from job where call_status = 12"), 1);
    EXPECT_GE(pulled(stack), 4);
    EXPECT_EQ(stack.acceptances(), 5U) << "asking sends nothing";
    const auto metrics = stack.metrics("worker-1");
    EXPECT_NE(metrics.find("pinwire_dlrs_pulled_total{carrier=\"infobip\"}"), std::string::npos);
}

// Vonage is three carriers: one for SMS and two for calls, of which one tells humans from machines.
stack_options by_vonage(const std::string& key_file) {
    auto made = patient();
    made.edit = [edit = made.edit, key_file](toml_tables& to) {
        to["routes.fr_first"]["carrier"] = "\"vonage\"";
        auto& heard = to["routes.calls_heard"] = to["routes.calls"];
        heard["carrier"] = "\"vonage-heard\"";
        heard["prefixes"] = "[\"44\"]";
        edit(to);
        to["routes.calls"]["carrier"] = "\"vonage-detecting\"";
        to["carriers.vonage"]["inquiry_url"] = to["carriers.vonage"]["base_url"];
        for (const auto* name : {"carriers.vonage-detecting", "carriers.vonage-heard"}) {
            auto& calls = to[name] = to["carriers.vonage"];
            calls.erase("username");
            calls.erase("inquiry_url");
            calls["application"] = "\"app\"";
            calls["password_file"] = "\"" + key_file + "\"";
            be_impatient(calls);
        }
        to["carriers.vonage-heard"]["machine_detection"] = "false";
        be_impatient(to["carriers.vonage"]);
    };
    return made;
}

// A call that nobody can judge any more ends so: neither heard nor missed. A plan goes on after it.
TEST(LostReports, OfVonageAreFetchedAndWhoHeardACallIsNotGuessed) {
    const temp_dir folder;
    const auto key = folder / "application-key";
    std::ofstream(key) << new_private_key();
    std::filesystem::permissions(key, std::filesystem::perms::owner_read);
    pinwire_stack stack(by_vonage(key.string()));
    stack.start();
    auto planned = stack.jobs().sms("planned", "34", lost);
    planned.body["from"] = "34911000000";  // of calls it must be a number
    planned.body["steps"].push_back({{"channel", "voice"}, {"after", 3000}});
    planned.body["steps"].push_back({{"channel", "sms"}});
    auto heard = stack.jobs().sms("heard", "44", lost);
    heard.body["channel"] = "voice";
    heard.body["from"] = planned.body["from"];
    heard.body.erase("hlr_lookup");
    stack.produce(
        {stack.jobs().sms("text", "33", lost), stack.jobs().voice("unjudged", lost), heard, planned}
    );
    EXPECT_TRUE(oracle(stack).holds());
    const auto ended = [&stack](const std::string& job, const std::string& how) {
        return stack.count("select count(*) from job where job_id = '" + job + "' and " + how) == 1;
    };
    EXPECT_TRUE(ended("text", "dlr_status = 8"));
    EXPECT_TRUE(ended("heard", "dlr_status = 8 and call_status = 12"));
    EXPECT_TRUE(ended("unjudged", "dlr_status = 3 and call_status = 3"));
    EXPECT_TRUE(ended("planned", "dlr_status = 8 and call_status = 3 and attempts = 2"));
    EXPECT_GE(pulled(stack), 5);
    EXPECT_EQ(stack.acceptances(), 5U) << "asking sends nothing";
}

// 360NRS as an operator describes it.
void describe_nrs(toml_tables& to) {
    auto& made = to["carriers.made"];
    made["kind"] = "\"http\"";
    made["base_url"] = to["carriers.nrs"]["base_url"];
    made["password_file"] = "\"carrier\"";
    be_impatient(made);
    auto& sms = to["carriers.made.http.sms"];
    sms["target"] = "\"/api/3.0/sms/send\"";
    sms["body"] = R"('{"api_key":"{secret}","report_url":"{dlr_url}","messages":[{"from":"{from}",)"
                  R"("to":"{to}","text":"{text}","custom":"{reference}"}]}')";
    auto& answer = to["carriers.made.http.answer"];
    answer["success_pointer"] = "\"/result/0/status\"";
    answer["success_values"] = "[\"ok\"]";
    answer["id_pointer"] = "\"/result/0/sms_id\"";
    auto& dlr = to["carriers.made.http.dlr"];
    auto& pull = to["carriers.made.http.pull"];
    for (auto* places : {&dlr, &pull}) {
        (*places)["reference"] = "\"/custom\"";
        (*places)["id"] = "\"/sms_id\"";
        (*places)["to"] = "\"/to\"";
        (*places)["status"] = "\"/status\"";
    }
    dlr["statuses"] = R"(["ACCEPTD=ACCEPTD", "DELIVRD=DELIVRD", "UNDELIV=UNDELIV"])";
    pull["method"] = "\"POST\"";
    pull["target"] = "\"/api/3.0/sms/get-reports\"";
    pull["body"] = R"('{"api_key":"{secret}","custom":"{reference}"}')";
    pull["entries"] = "\"/result\"";
    to["routes.gb_first"]["carrier"] = "\"made\"";
}

TEST(LostReports, OfADescribedCarrierAreFetchedAsItsDescriptionSays) {
    auto options = patient();
    options.edit = [edit = options.edit](toml_tables& to) {
        edit(to);
        describe_nrs(to);
    };
    pinwire_stack stack(std::move(options));
    stack.start();
    stack.produce(
        {stack.jobs().sms("fetched", "44", lost),
         stack.jobs().sms("posted", "44", "0000"),
         stack.jobs().sms("undelivered", "44", "0001")}
    );
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.count("select count(*) from attempt where carrier = 'made'"), 3);
    EXPECT_EQ(stack.count("select count(*) from job where dlr_status = 8"), 2);
    EXPECT_EQ(stack.count("select count(*) from job where dlr_status = 6"), 1);
    EXPECT_GE(pulled(stack), 1);
    EXPECT_EQ(stack.acceptances(), 3U) << "asking sends nothing";
}

// One worker of two asks; when it is killed, the other one does.
TEST(LostReports, AreFetchedByWhicheverWorkerIsLeft) {
    pinwire_stack stack(patient());
    stack.start();
    stack.start_worker("2");
    stack.wait_until_ready("worker-2");
    for (int i = 0; i < 10; ++i)
        stack.produce({stack.jobs().sms(fmt::format("first-{}", i), "34", lost)});
    EXPECT_TRUE(oracle(stack).drained());
    ASSERT_TRUE(stack.process("worker-1").kill(SIGKILL));
    for (int i = 0; i < 10; ++i)
        stack.produce({stack.jobs().sms(fmt::format("second-{}", i), "34", lost)});
    EXPECT_TRUE(oracle(stack).holds(120s));
    EXPECT_EQ(stack.count("select count(*) from job where dlr_status = 8"), 20);
}

TEST(LostReports, ThatArePostedAfterAllChangeNothing) {
    pinwire_stack stack(patient());
    stack.start();
    stack.produce({stack.jobs().sms("late", "34", lost)});
    EXPECT_TRUE(oracle(stack).drained());
    const auto attempt =
        stack.query("select replace(id::text, '-', '') from attempt").one().text(0);
    EXPECT_EQ(post_report(stack, "infobip", attempt), 200);
    // the carrier may have been asked more than once before the first answer was settled
    const auto settled = [&] {
        return stack.count(
                   "select count(*) from dlr_history"
                   " where coalesce(raw, '') not like '%\"pulled\":true%'"
               ) == 1;
    };
    EXPECT_TRUE(eventually(settled, 30s, "the posted report")) << stack.tails();
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(
        stack.count("select count(*) from job where dlr_status = 8 and final_at is not null"), 1
    );
    EXPECT_EQ(stack.count("select count(distinct report) from report_try"), 1);
}

// A job of the other carrier goes its way meanwhile; once the first is back, nothing is missing.
TEST(LostReports, OfACarrierThatIsDownAreFetchedWhenItIsBack) {
    pinwire_stack stack(patient());
    stack.start();
    const auto asked_in_vain = [&] {
        return stack.metrics("worker-1")
                   .find("pinwire_pulls_total{carrier=\"infobip\",result=\"no_answer\"} 0") ==
               std::string::npos;
    };
    stack.rule({{"instance", "infobip"}, {"kind", "inquiry"}, {"action", "unavailable"}});
    stack.produce(
        {stack.jobs().sms("of-the-sick", "34", lost), stack.jobs().sms("of-the-good", "44", lost)}
    );
    const auto good = [&] {
        return stack.count("select count(*) from job where dlr_status = 8") == 1;
    };
    EXPECT_TRUE(eventually(good, 60s, "the other carrier's report")) << stack.tails();
    EXPECT_TRUE(eventually(asked_in_vain, 60s, "a question in vain")) << stack.tails();
    EXPECT_EQ(stack.count("select count(*) from job where final_at is null"), 1);
    stack.clear_rules();
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.count("select count(*) from job where dlr_status = 8"), 2);
}

// Nobody knows: it is asked, and ends by its timer all the same.
TEST(LostReports, ThatTheCarrierHasNotEitherEndByTheirTimer) {
    auto options = patient();
    options.edit = [edit = options.edit](toml_tables& to) {
        edit(to);
        to["routes.es_first"]["validity"] = "\"3s\"";
    };
    pinwire_stack stack(std::move(options));
    stack.start();
    stack.produce({stack.jobs().sms("unknown", "34", silent)});
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.count("select count(*) from job where dlr_status = 3"), 1);
}

}  // namespace
}  // namespace pinwire::test
