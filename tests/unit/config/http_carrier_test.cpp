// [carriers.NAME.http]: one thing wrong in a description that is right otherwise is named with its
// key and with what is allowed.
#include "common/config/http_carrier.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/unit/config/config_folder.hpp"

namespace pinwire::config {
namespace {

using test::config_folder;
using test::good_config;

const std::string good = R"toml([carriers.made]
kind = "http"
base_url = "http://127.0.0.1:3"
password_file = "secrets/kannel-password"
machine_detection = false
[carriers.made.http.sms]
target = "/send"
headers = ["Authorization: Bearer {secret}"]
body = '{"to":"{to}","text":"{text}","cb":"{dlr_url}","n":{parts}}'
[carriers.made.http.voice]
target = "/call"
body_type = "form"
body = "to={to}&say={text}&cb={dlr_url}"
[carriers.made.http.answer]
success_pointer = "/status"
success_values = ["ok", 0]
id_pointer = "/id"
error_pointer = "/error"
errors = ["a=b=final", "17=next", "SEEN=duplicate"]
error_statuses = ["503=later"]
[carriers.made.http.dlr]
entries = "/results"
reference = "/ref"
status = "/status"
statuses = ["done=DELIVRD", "lost=UNDELIV"]
call_statuses = ["done=PROCESSED"]
ack_body = "OK"
)toml";

// The same, and how it is asked for reports.
const std::string good_pull = good + R"toml([carriers.made.http.pull]
target = "/messages/{id}"
headers = ["X-Key: {secret}"]
entries = "/found"
id = "/number"
status = "/state"
)toml";

std::string file_with(const std::string& description) {
    return good_config(description);
}

std::string changed(const std::string& from, const std::string& to, std::string text = good) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return file_with(text.replace(at, from.size(), to));
}

std::string all(const std::vector<mistake>& mistakes) {
    std::string text;
    for (const auto& one : mistakes)
        text += one.to_string() + "\n";
    return text;
}

TEST(HttpCarrierSettings, ReadWhatIsDescribed) {
    const config_folder folder;
    const auto result = folder.load(file_with(good));
    ASSERT_TRUE(result) << all(result.mistakes);
    EXPECT_EQ(all(result.warnings).find("carriers.made"), std::string::npos)
        << all(result.warnings);
    const auto& made = result.settings->carriers.at(carrier_name("made")).translator;
    EXPECT_EQ(made.http.answer.success_values, (std::vector<std::string>{"ok", "0"}));
    ASSERT_EQ(made.http.answer.errors.size(), 3u);
    EXPECT_EQ(made.http.answer.errors[0].value, "a=b");
    EXPECT_EQ(made.http.answer.errors[0].verdict, carriers::verdict::not_sent_final);
    EXPECT_TRUE(made.http.answer.errors[2].duplicate);
    EXPECT_EQ(made.http.dlr.statuses[1].second, dlr_status::undeliv);
    EXPECT_EQ(made.http.dlr.call_statuses[0].second, call_status::processed);
    const auto printed = print_settings(*result.settings);
    const auto again = folder.load(printed);
    ASSERT_TRUE(again) << all(again.mistakes);
    EXPECT_EQ(print_settings(*again.settings), printed);
}

struct bad_file {
    std::string text;
    std::string key;   // below carriers.made
    std::string what;  // part of what it says or allows
};

std::vector<bad_file> bad_requests() {
    return {
        {changed("{to}", "{too}"), "http.sms.body", "{too}, which stands for nothing"},
        {changed("{parts}", "{language}"), "http.sms.body", "known are {to}, {to_plus}"},
        {changed("\"{text}\"", "{text}"), "http.sms.body", "isn't JSON once it is filled in"},
        {changed(
             "body_type = \"form\"\nbody = \"to={to}&say={text}&cb={dlr_url}\"",
             "body = "
             "'{\"to\":\"{to}\",\"say\":\"{text}\",\"cb\":\"{dlr_url}\",\"key\":{repeat_dtmf}}'"
         ),
         "http.voice.body",
         "isn't JSON once it is filled in"},
        {changed("\"to\":\"{to}\",", ""), "http.sms.body", "says to nobody"},
        {changed("\"text\":\"{text}\",", ""), "http.sms.body", "holds no {text}"},
        {changed("say={text}", "say=%zz{text}"), "http.voice.body", "isn't a form"},
        {changed("\"/send\"", "\"send\""), "http.sms.target", "doesn't begin with a slash"},
        {changed("\"/send\"", "\"/send it\""), "http.sms.target", "can't have as it is"},
        {changed("\"/send\"", "\"/{sent}\""),
         "http.sms.target",
         "{sent}, which stands for nothing"},
        {changed("Bearer {secret}", "Bearer {key}"), "http.sms.headers", "{key}, which stands"},
        {changed("Authorization: Bearer", "Authorization Bearer"),
         "http.sms.headers",
         "Name: value"},
        {changed("Authorization: Bearer {secret}", "X-Text: {text}"),
         "http.sms.headers",
         "can't carry unharmed"},
        {changed("Authorization: Bearer {secret}", "Content-Type: a/b"),
         "http.sms.headers",
         "isn't set here"},
        {changed("body_type = \"form\"", "body_type = \"yaml\""),
         "http.voice.body_type",
         "\"xml\""},
        {changed("target = \"/call\"", "method = \"DELETE\"\ntarget = \"/call\""),
         "http.voice.method",
         "\"POST\""},
        {changed("machine_detection = false\n", ""), "machine_detection", "{machine_detection}"},
    };
}

std::vector<bad_file> bad_answers_and_reports() {
    return {
        {changed("\"/status\"\nsuccess", "\"status\"\nsuccess"),
         "http.answer.success_pointer",
         "is no JSON pointer"},
        {changed("success_pointer = \"/status\"\n", ""),
         "http.answer.success_values",
         "needs success_pointer"},
        {changed("error_pointer = \"/error\"\n", ""), "http.answer.errors", "needs error_pointer"},
        {changed("17=next", "17=never"), "http.answer.errors", "sent, duplicate, next, later"},
        {changed("17=next", "=next"), "http.answer.errors", "is none"},
        {changed("17=next", "a=b=next"), "http.answer.errors", "\"a=b\" stands twice"},
        {changed("503=later", "700=later"), "http.answer.error_statuses", "STATUS 200 to 599"},
        {changed("[carriers.made.http.answer]", "[carriers.made.http.answer]\nid_after = \"id:\""),
         "http.answer.id_after",
         "only for body_type \"text\""},
        {changed("error_statuses", "success_statuses = []\nerror_statuses"),
         "http.answer.success_statuses",
         "at least one"},
        {changed("done=DELIVRD", "done=DELIVERED"), "http.dlr.statuses", "DELIVRD"},
        {changed("statuses = [\"done=DELIVRD\", \"lost=UNDELIV\"]\n", ""),
         "http.dlr.statuses",
         "is missing"},
        {changed("call_statuses = [\"done=PROCESSED\"]\n", ""),
         "http.dlr.call_statuses",
         "is missing"},
        {changed("lost=UNDELIV", "done=UNDELIV"), "http.dlr.statuses", "\"done\" stands twice"},
        {changed("status = \"/status\"\nstatuses", "statuses"), "http.dlr.status", "is missing"},
        {changed("reference = \"/ref\"", "reference = \"ref\""),
         "http.dlr.reference",
         "is no JSON pointer"},
        {changed("entries = \"/results\"", "entries = \"results\""),
         "http.dlr.entries",
         "is no JSON pointer"},
        {changed("ack_body", "ack_status = 302\nack_body"), "http.dlr.ack_status", "200 to 299"},
        {changed("ack_body", "ack_boddy"), "http.dlr.ack_boddy", "did you mean ack_body?"},
    };
}

std::string pull_changed(const std::string& from, const std::string& to) {
    return changed(from, to, good_pull);
}

std::vector<bad_file> bad_pulls() {
    return {
        {pull_changed("target = \"/messages/{id}\"\n", ""), "http.pull.target", "where to ask"},
        {pull_changed("\"/messages/{id}\"", "\"messages/{id}\""),
         "http.pull.target",
         "doesn't begin with a slash"},
        {pull_changed("/messages/{id}", "/messages/{text}"),
         "http.pull.target",
         "{text}, which stands for nothing; known are {id}, {reference}, {to}"},
        {pull_changed("X-Key: {secret}", "X-Key: {dlr_url}"), "http.pull.headers", "{dlr_url}"},
        {pull_changed("/messages/{id}", "/messages?to={to}"),
         "http.pull.target",
         "asks about no message"},
        {pull_changed("/messages/{id}", "/messages/{reference}"),
         "http.pull.target",
         "holds {reference}, but the carrier isn't told it"},
        {pull_changed("id = \"/number\"", "reference = \"/ours\""),
         "http.pull.reference",
         "is set, but the carrier isn't told it"},
        {pull_changed("id_pointer = \"/id\"\n", ""),
         "http.pull.target",
         "nothing tells the carrier's id before"},
        {pull_changed("entries = \"/found\"", "entries = \"found\""),
         "http.pull.entries",
         "is no JSON pointer"},
        {pull_changed("status = \"/state\"", "status = \"state\""),
         "http.pull.status",
         "is no JSON pointer"},
        {pull_changed("status = \"/state\"\n", ""), "http.pull.status", "is missing"},
        {pull_changed("entries = \"/found\"", "body = '{\"id\":{id}}'"),
         "http.pull.body",
         "isn't JSON once it is filled in"},
        {pull_changed("entries = \"/found\"", "method = \"PUT\""), "http.pull.method", "\"GET\""},
        {pull_changed("entries = \"/found\"", "success_statuses = []"),
         "http.pull.success_statuses",
         "at least one"},
        {pull_changed("entries = \"/found\"", "missing_statuses = [404, 200]"),
         "http.pull.missing_statuses",
         "success_statuses as well"},
        {pull_changed("entries = \"/found\"", "missing_statuses = [99]"),
         "http.pull.missing_statuses",
         "200 to 599"},
        {pull_changed("entries = \"/found\"", "done_at_as = \"soon\""),
         "http.pull.done_at_as",
         "\"unix_ms\""},
        {pull_changed("call_statuses = [\"done=PROCESSED\"]\n", ""),
         "http.dlr.call_statuses",
         "is missing"},
        {pull_changed("entries = \"/found\"", "entriess = \"/found\""),
         "http.pull.entriess",
         "did you mean entries?"},
        // keys of the carrier that only a description of this makes sense of
        {changed("machine_detection", "inquiry_url = \"http://127.0.0.1:4\"\nmachine_detection"),
         "inquiry_url",
         "\"http\" with http.pull"},
        {changed("machine_detection", "pull_after = \"5m\"\nmachine_detection"),
         "pull_after",
         "http (with http.pull)"},
    };
}

void expect_only_mistake(const bad_file& bad) {
    const config_folder folder;
    const auto result = folder.load(bad.text);
    EXPECT_EQ(result.settings, nullptr) << bad.text;
    ASSERT_EQ(result.mistakes.size(), 1U) << bad.text << all(result.mistakes);
    EXPECT_EQ(result.mistakes[0].key, "carriers.made." + bad.key) << all(result.mistakes);
    const auto said = result.mistakes[0].to_string();
    EXPECT_NE(said.find(bad.what), std::string::npos) << said;
}

TEST(HttpCarrierSettings, NameTheOneKeyThatIsWrongInARequest) {
    for (const auto& bad : bad_requests())
        expect_only_mistake(bad);
}

TEST(HttpCarrierSettings, NameTheOneKeyThatIsWrongInAnswersAndReports) {
    for (const auto& bad : bad_answers_and_reports())
        expect_only_mistake(bad);
}

TEST(HttpCarrierSettings, NameTheOneKeyThatIsWrongInWhatIsAskedForReports) {
    for (const auto& bad : bad_pulls())
        expect_only_mistake(bad);
}

TEST(HttpCarrierSettings, ReadHowReportsAreAskedFor) {
    const config_folder folder;
    const auto result = folder.load(pull_changed(
        "machine_detection",
        "inquiry_url = \"http://127.0.0.1:4\"\npull_after = \"5m\"\nmachine_detection"
    ));
    ASSERT_TRUE(result) << all(result.mistakes);
    EXPECT_EQ(all(result.warnings).find("carriers.made"), std::string::npos)
        << all(result.warnings);
    const auto& made = result.settings->carriers.at(carrier_name("made")).translator.http.pull;
    EXPECT_EQ(made.request.method, "GET");
    EXPECT_EQ(made.request.target, "/messages/{id}");
    EXPECT_EQ(made.missing_statuses, std::vector<unsigned>{404});
    EXPECT_EQ(made.status, "/state");
    const auto printed = print_settings(*result.settings);
    const auto again = folder.load(printed);
    ASSERT_TRUE(again) << all(again.mistakes);
    EXPECT_EQ(print_settings(*again.settings), printed);
}

// Its statuses are those of [dlr], whose places may all be left out.
TEST(HttpCarrierSettings, NeedNoReportsThatArePostedWhereTheyAreAskedFor) {
    const config_folder folder;
    auto text = good_pull;
    for (const char* gone :
         {"entries = \"/results\"\n",
          "reference = \"/ref\"\n",
          "status = \"/status\"\nstatuses",
          ",\"cb\":\"{dlr_url}\""}) {
        const auto at = text.find(gone);
        ASSERT_NE(at, std::string::npos) << gone;
        const std::string kept = std::string(gone).ends_with("statuses") ? "statuses" : "";
        text.replace(at, std::string(gone).size(), kept);
    }
    const auto result = folder.load(file_with(text));
    ASSERT_TRUE(result) << all(result.mistakes);
    EXPECT_EQ(all(result.warnings).find("carriers.made"), std::string::npos)
        << all(result.warnings);
}

TEST(HttpCarrierSettings, WarnWhereAQuestionIsNotWhatItSeems) {
    const config_folder folder;
    const auto warnings_of = [&folder](const std::string& text) {
        const auto result = folder.load(text);
        EXPECT_TRUE(result) << all(result.mistakes);
        return all(result.warnings);
    };
    EXPECT_NE(
        warnings_of(pull_changed("/messages/{id}", "/messages/{id}?key={secret}"))
            .find("carriers.made.http.pull.target holds {secret}"),
        std::string::npos
    );
    EXPECT_NE(
        warnings_of(pull_changed("machine_detection", "id_form = \"lower\"\nmachine_detection"))
            .find("carriers.made.http.pull.target holds {id}: as id_form made it"),
        std::string::npos
    );
}

// The page's own example: what people copy.
TEST(HttpCarrierSettings, TheExampleOfTheDocumentLoads) {
    std::ifstream file(std::string(PINWIRE_SOURCE_DIR) + "/docs/carriers.md");
    std::string page{std::istreambuf_iterator<char>(file), {}};
    const auto begin = page.find("```toml\n");
    ASSERT_NE(begin, std::string::npos);
    const auto text = page.substr(begin + 8, page.find("\n```", begin + 8) - begin - 8);
    const config_folder folder;
    folder.write("secrets/acme-key", "hush");
    const auto result = folder.load(file_with(text));
    ASSERT_TRUE(result) << all(result.mistakes);
    EXPECT_EQ(all(result.warnings).find("carriers.acme"), std::string::npos)
        << all(result.warnings);
}

TEST(HttpCarrierSettings, AreUnknownToEveryOtherKind) {
    const config_folder folder;
    const auto result = folder.load(test::changed(
        "[routes.world]", "[carriers.kannel.http.sms]\ntarget = \"/\"\n[routes.world]"
    ));
    ASSERT_EQ(result.mistakes.size(), 1U) << all(result.mistakes);
    EXPECT_EQ(result.mistakes[0].key, "carriers.kannel.http");
}

TEST(HttpCarrierSettings, MustDescribeSomething) {
    const config_folder folder;
    const auto begin = good.substr(0, good.find("[carriers.made.http.sms]"));
    const auto result = folder.load(file_with(begin));
    ASSERT_EQ(result.mistakes.size(), 1U) << all(result.mistakes);
    EXPECT_EQ(result.mistakes[0].key, "carriers.made.http");
    EXPECT_NE(all(result.mistakes).find("neither an SMS nor a call"), std::string::npos);
}

TEST(HttpCarrierSettings, WarnWhereThePinWouldStandInUrls) {
    const config_folder folder;
    const auto result =
        folder.load(changed("target = \"/send\"", "target = \"/send?t={text}&k={secret}\""));
    ASSERT_TRUE(result) << all(result.mistakes);
    const auto warnings = all(result.warnings);
    EXPECT_NE(warnings.find("carriers.made.http.sms.target holds {text}"), std::string::npos);
    EXPECT_NE(warnings.find("carriers.made.http.sms.target holds {secret}"), std::string::npos);
}

TEST(HttpCarrierSettings, AllowAFormOrAQueryForReports) {
    const config_folder folder;
    auto text = good;
    const auto at = text.find("entries");
    text.replace(
        at,
        text.find("statuses", at) - at,
        "body_type = \"query\"\nid = \"id\"\nstatus = \"state\"\ndone_at = \"t\"\n"
        "done_at_as = \"unix_ms\"\n"
    );
    const auto result = folder.load(file_with(text));
    ASSERT_TRUE(result) << all(result.mistakes);
}

}  // namespace
}  // namespace pinwire::config
