// [providers.NAME]: which keys each kind needs, and which it would never read.
#include <gtest/gtest.h>

#include "tests/unit/config/config_folder.hpp"

namespace pinwire::config {
namespace {

using test::changed;
using test::config_folder;
using test::good_config;

std::string all(const std::vector<mistake>& mistakes) {
    std::string text;
    for (const auto& one : mistakes)
        text += one.to_string() + "\n";
    return text;
}

const std::string the_provider =
    "[providers.hlr]\nkind = \"infobip\"\nbase_url = \"http://127.0.0.1:1\"\n"
    "api_key_file = \"secrets/infobip-lookup-key\"\n";

const std::string key = "api_key_file = \"secrets/infobip-lookup-key\"\n";
const std::string both = key + "api_secret_file = \"secrets/infobip-key\"\n";

// The configuration with another provider; `more` stands in its table.
std::string with(const std::string& kind, const std::string& more) {
    return changed(
        the_provider,
        "[providers.hlr]\nkind = \"" + kind + "\"\nbase_url = \"http://127.0.0.1:1\"\n" + more
    );
}

std::string described(const std::string& more, const std::string& above = {}) {
    return with("http", above + "[providers.hlr.http]\n" + more);
}

const std::string enough =
    "target = \"/n/{number}\"\nverdict_at = [\"/state\"]\nvalues = [\"on=reachable\"]\n";

TEST(ProviderKinds, TakeWhatTheyNeed) {
    const config_folder folder;
    for (const auto& good :
         {with("infobip", key),
          with("gateway360", key),
          with("hlr_lookups", both + "route = \"IP1\"\nstorage = \"PINS\"\n"),
          with("twilio", both),
          described(enough),
          described(enough + "key_header = \"Authorization\"\nkey_prefix = \"Bearer \"\n", key),
          described(enough + "body = '{\"k\":\"{key}\",\"s\":\"{secret}\"}'\n", both)}) {
        const auto result = folder.load(good);
        EXPECT_TRUE(result) << good << all(result.mistakes);
    }
}

struct bad_provider {
    std::string text;
    std::string at;  // below providers.hlr
    std::string what;
};

std::vector<bad_provider> wrong_keys() {
    return {
        {with("infobip", ""), "api_key_file", "kind \"infobip\" needs it"},
        {with("gateway360", ""), "api_key_file", "needs it"},
        {with("hlr_lookups", key), "api_secret_file", "kind \"hlr_lookups\" needs it"},
        {with("twilio", key), "api_secret_file", "needs it"},
        {with("infobip", both), "api_secret_file", "read by nothing"},
        {with("twilio", both + "route = \"IP1\"\n"), "route", "read by nothing"},
        {with("infobip", key + "storage = \"PINS\"\n"), "storage", "read by nothing"},
        {with("infobip", key + "[providers.hlr.http]\ntarget = \"/\"\n"),
         "http",
         "read by nothing"},
        {with("infobip", key + "order = 1001\n"), "order", "-1000 to 1000"},
        {with("vonage", key), "kind", "\"gateway360\", \"hlr_lookups\", \"http\""},
    };
}

std::vector<bad_provider> wrong_descriptions() {
    const std::string values = "values = [\"on=reachable\"]\n";
    const std::string target = "target = \"/n/{number}\"\n";
    const std::string verdict = "verdict_at = [\"/state\"]\n";
    return {
        {described(verdict + values), "http.target", "is missing"},
        {described(target + values), "http.verdict_at", "is missing"},
        {described(target + verdict), "http.values", "is missing"},
        {described("target = \"/n\"\n" + verdict + values), "http.target", "which number"},
        {described("target = \"n/{number}\"\n" + verdict + values), "http.target", "slash"},
        {described("target = \"/n {number}\"\n" + verdict + values), "http.target", "no path"},
        {described(target + verdict + "values = [\"on\"]\n"), "http.values", "is none"},
        {described(target + verdict + "values = [\"on=no_provider\"]\n"), "http.values", "is none"},
        {described(target + verdict + "values = [\"a=absent\", \"a=invalid\"]\n"),
         "http.values",
         "twice"},
        {described(target + values + "verdict_at = [\"state\"]\n"), "http.verdict_at", "is none"},
        {described(enough + "mccmnc_at = \"$.a\"\n"), "http.mccmnc_at", "no JSON pointer"},
        {described(enough + "headers = [\"Accept\"]\n"), "http.headers", "is none"},
        {described(enough + "headers = [\"content-length: 5\"]\n"), "http.headers", "is none"},
        {described(enough + "headers = [\"A: b\\nC: d\"]\n"), "http.headers", "is none"},
        {described(enough + "success_statuses = [500]\n"), "http.success_statuses", "200 to 499"},
        {described("target = \"/{number}/{msisdn}\"\n" + verdict + values),
         "http.target",
         "{msisdn}, which stands for nothing"},
        {described(enough + "body = \"{+key}\"\n"), "http.body", "{+key}, which stands for"},
        {described(enough + "method = \"PUT\"\n"), "http.method", "\"GET\", \"POST\""},
        {described(enough + "method = \"GET\"\nbody = \"x\"\n"), "http.body", "goes with no GET"},
        {described(enough + "content_type = \"text/plain\"\n"),
         "http.content_type",
         "read by nothing"},
        {described(enough + "key_prefix = \"Bearer \"\n"), "http.key_prefix", "read by nothing"},
        {described(enough + "key_header = \"X-Key\"\n"), "api_key_file", "needs it"},
        {described(enough + "body = \"{secret}\"\n"), "api_secret_file", "needs it"},
        {described(enough, key), "api_key_file", "read by nothing"},
    };
}

TEST(ProviderKinds, NameTheOneKeyThatIsMissingOrNeverRead) {
    const config_folder folder;
    auto cases = wrong_keys();
    for (auto& one : wrong_descriptions())
        cases.push_back(std::move(one));
    for (const auto& bad : cases) {
        const auto result = folder.load(bad.text);
        ASSERT_EQ(result.mistakes.size(), 1U) << bad.text << all(result.mistakes);
        EXPECT_EQ(result.mistakes[0].key, "providers.hlr." + bad.at) << bad.text;
        EXPECT_NE(result.mistakes[0].to_string().find(bad.what), std::string::npos)
            << result.mistakes[0].to_string();
        EXPECT_NE(result.mistakes[0].line, 0U) << bad.at;
        EXPECT_EQ(all(result.mistakes).find("hush"), std::string::npos);
    }
}

TEST(ProviderKinds, ReadTheDescription) {
    const config_folder folder;
    const auto result = folder.load(described(
        enough + "headers = [\"Accept: a/b\"]\nsuccess_statuses = [200, 404]\n"
                 "key_header = \"X-Key\"\nbody = \"{+number}\"\ncost_at = \"/cost\"\n",
        key + "order = -5\n"
    ));
    ASSERT_TRUE(result) << all(result.mistakes);
    const auto& provider = result.settings->providers.at(provider_name("hlr"));
    EXPECT_EQ(provider.order, -5);
    const auto& how = provider.translator.http;
    EXPECT_EQ(how.target, "/n/{number}");
    EXPECT_EQ(how.headers, (http_headers{{"Accept", "a/b"}}));
    EXPECT_EQ(how.success_statuses, (std::vector<unsigned>{200, 404}));
    EXPECT_EQ(how.verdict_at, (std::vector<std::string>{"/state"}));
    EXPECT_EQ(how.values.at("on"), lookup_outcome::reachable);
    EXPECT_EQ(how.cost_at, "/cost");
    EXPECT_EQ(provider.translator.api_key.reveal(), "hush-infobip-lookup-key");
    const auto again = folder.load(print_settings(*result.settings));
    ASSERT_TRUE(again) << all(again.mistakes);
    EXPECT_EQ(print_settings(*again.settings), print_settings(*result.settings));
}

TEST(ProviderKinds, PrintNoDescriptionWhereThereIsNone) {
    const config_folder folder;
    const auto result = folder.load(good_config());
    ASSERT_TRUE(result);
    EXPECT_EQ(print_settings(*result.settings).find("[providers.hlr.http]"), std::string::npos);
}

TEST(LookupSettings, HaveTheDefaultsOfTheDocuments) {
    const lookup_settings s;
    EXPECT_FALSE(s.absent_refuses);
    EXPECT_FALSE(s.outage_sends);
    EXPECT_FALSE(s.landline_sends);
    EXPECT_LE(s.absent_for, std::chrono::minutes(1));
}

}  // namespace
}  // namespace pinwire::config
