// One thing wrong in a configuration that is right otherwise: exactly that is named, with its key
// and line. Each row of the table is a file.
#include "common/config/loader.hpp"

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

// One more carrier, and a route by it if `channel` isn't empty.
std::string with_carrier(
    const std::string& kind, const std::string& more, const std::string& channel
) {
    auto text = good_config() + "[carriers.other]\nkind = \"" + kind +
                "\"\nbase_url = \"https://api.example.com\"\n" +
                "password_file = \"secrets/infobip-key\"\n" + more + "\n";
    if (!channel.empty())
        text += "[routes.other]\ncarrier = \"other\"\nchannel = \"" + channel + "\"\n";
    return text;
}

struct bad_file {
    std::string text;
    std::string key;   // of the only mistake
    std::string what;  // part of what it says or allows
};

std::vector<bad_file> keys_of_routes() {
    return {
        {changed("tps = 5", "senders = [\"1:Acme\"]"), "routes.world.senders", "is none"},
        {changed("tps = 5", "senders = [\"1=Twelve Letter\"]"), "routes.world.senders", "is none"},
        {changed("tps = 5", "countries = [\"346\"]"), "routes.world.countries", "\"346\" is none"},
        {changed("tps = 5", "networks = [\"2140\"]"), "routes.world.networks", "3, 5 or 6 digits"},
        {changed("tps = 5", "answer_timeout = \"1ms\""), "routes.world.answer_timeout", "is 1ms"},
        {changed("tps = 5", "confirmed_min = 1.5"), "routes.world.confirmed_min", "is 1.5"},
        {changed("[log]", "[senders]\nnumbers_only = [\"ES\"]\n[log]"),
         "senders.numbers_only",
         "\"ES\" is none"},
        {changed("[log]", "[worker]\namong_equals = \"cost\"\n[log]"),
         "worker.among_equals",
         "\"weight\", \"price\""},
        {changed("[log]", "[worker]\ndns_servers = [\"dns.example\"]\n[log]"),
         "worker.dns_servers",
         "\"dns.example\" is none"},
        {changed("[log]", "[worker.health]\nprobe_first = \"6m\"\n[log]"),
         "worker.health.probe_first",
         "at most worker.health.probe_last"},
        {changed("[log]", "[worker.delivery]\npatience = \"15m\"\n[log]"),
         "worker.delivery.window",
         "more than worker.delivery.patience"}};
}

std::vector<bad_file> single_keys() {
    return {
        {changed("tps = 5", "tsp = 5"), "routes.world.tsp", "did you mean tps?"},
        {changed("tps = 5", "tps = 0"), "routes.world.tps", "is 0; allowed: 0.01 to 100000"},
        {changed("tps = 5", "tps = nan"), "routes.world.tps", "is nan"},
        {changed("tps = 5", "window = 2.5"), "routes.world.window", "must be an integer"},
        {changed("tps = 5", "window = 10001"), "routes.world.window", "is 10001"},
        {changed("tps = 5", "validity = 60"), "routes.world.validity", "text with a unit"},
        {changed("tps = 5", "validity = \"60\""), "routes.world.validity", "is no duration"},
        {changed("tps = 5", "validity = \"1500ms\""), "routes.world.validity", "in steps of 1s"},
        {changed("tps = 5", "validity = \"400d\""), "routes.world.validity", "is 400d"},
        {changed("tps = 5", "paused = \"no\""), "routes.world.paused", "true or false"},
        {changed("tps = 5", "channel = \"mms\""), "routes.world.channel", "\"sms\", \"voice\""},
        {changed("tps = 5", "prefixes = [\"034\"]"), "routes.world.prefixes", "\"034\" is none"},
        {changed("tps = 5", "prefixes = \"34\""), "routes.world.prefixes", "a list in brackets"},
        {changed("tps = 5", "sender = \"TwelveLetter\""), "routes.world.sender", "no sender"},
        {changed("[routes.world]", "[routes.\"a b\"]"), "routes.\"a b\"", "is no name"},
        {changed("kind = \"kannel\"", "kind = \"smpp\""), "carriers.kannel.kind", "\"infobip\""},
        {changed("http://127.0.0.1:2", "http://127.0.0.1:2/"), "carriers.kannel.base_url", "slash"},
        {changed("http://127.0.0.1:2", "ftp://127.0.0.1"), "carriers.kannel.base_url", "http://"},
        {changed("127.0.0.1:9092", "127.0.0.1"), "kafka.bootstrap_servers", "no HOST:PORT"},
        {changed("bootstrap_servers = \"127.0.0.1:9092\"\n", ""),
         "kafka.bootstrap_servers",
         "is missing"},
        {changed("dbname=pinwire", "password = 'hu sh' dbname=x"),
         "postgres.conninfo",
         "holds password="},
        {changed("host=/run/postgresql dbname=pinwire", "postgresql://u:hush@h/d"),
         "postgres.conninfo",
         "URI"},
        {changed("[log]", "[api]\nlisten = \"8.8.8.8:80\"\n[log]"), "api.listen", "public address"},
        {changed("[log]", "[api]\nanswer_within = \"5s\"\n[log]"),
         "api.answer_within",
         "lookup.deadline"},
        {changed("[log]", "[logs]"), "logs", "did you mean log?"},
        {good_config("level = \"loud\""), "log.level", "\"debug\", \"info\""},
        {good_config("[worker]\nmetrics_listen = \"localhost:1\""),
         "worker.metrics_listen",
         "numeric"},
        {good_config("[worker]\nclaim_batch = 513"), "worker.claim_batch", "1 to 512"},
        {good_config("[lookup]\nabsent_for = \"2m\""), "lookup.absent_for", "0s to 1m"},
        {changed("[accounts.acme]", "[accounts.acme]\nports = [80, 65536]"),
         "accounts.acme.ports",
         "65536"},
        {changed("[accounts.acme]", "[accounts.acme]\nallow_cidrs = [\"10.0.0.0/33\"]"),
         "accounts.acme.allow_cidrs",
         "is none"},
        {changed("[accounts.acme]", "[accounts.acme]\ntext_360nrs = \"{PIN} {PIN}\""),
         "accounts.acme.text_360nrs",
         "2 times"},
        {changed("[accounts.acme]", "[accounts.acme]\ntext_360nrs = \"{PIN}\\u0007\""),
         "accounts.acme.text_360nrs",
         "has a control character"},
        {changed(
             "[accounts.acme]",
             "[accounts.acme]\ntext_infobip = \"{{pin}}" + std::string(1594, 'x') + "\""
         ),
         "accounts.acme.text_infobip",
         "has 1601 characters"},
        {changed("[accounts.acme]", "[accounts.acme]\ntext_infobip = \"PIN\""),
         "accounts.acme.text_infobip",
         "has no {{pin}}"},
        {changed("[accounts.acme]", "[accounts.acme]\ntime_zone = \"Europe/Madrid\""),
         "accounts.acme.time_zone",
         "fixed offset"},
    };
}

std::vector<bad_file> keys_of_calls_and_tlvs_that_must_fit() {
    return {
        {with_carrier(
             "twilio", "username = \"AC1\"\nmachine_detection = false\npress_key = true", "voice"
         ),
         "carriers.other.press_key",
         "can't wait for a key"},
        {with_carrier("kannel", "username = \"u\"\npress_key = true", ""),
         "carriers.other.press_key",
         "can't wait for a key"},
        {with_carrier("infobip", "press_key = true", "voice"),
         "carriers.other.press_key",
         "no scenario asks"},
        {with_carrier("infobip", "scenarios = [\"en=A1\"]", "voice"),
         "carriers.other.scenarios",
         "press_key"},
        {with_carrier("infobip", "press_key = true\nscenarios = [\"tlh=A1\"]", "voice"),
         "carriers.other.scenarios",
         "LANGUAGE=SCENARIO"},
        {with_carrier("infobip", "press_key = true\nscenarios = [\"en=A1\", \"en=A2\"]", "voice"),
         "carriers.other.scenarios",
         "comes twice"},
        {with_carrier("infobip", "dlt_tlvs = [\"PE_ID\"]", ""),
         "carriers.other.dlt_tlvs",
         "only read by"},
    };
}

std::vector<bad_file> keys_that_must_fit() {
    const std::string reports = "[callback.reports]\n";
    return {
        {changed("[routes.world]\ncarrier = \"kannel\"", "[routes.world]\ncarrier = \"kanel\""),
         "routes.world.carrier",
         "did you mean \"kannel\"?"},
        {changed("tps = 5", "channel = \"voice\""), "routes.world.channel", "can't be done"},
        {changed("[routes.world]\ncarrier = \"kannel\"\ntps = 5\n", ""), "routes", "at least one"},
        {changed("username = \"pinwire\"\n", ""), "carriers.kannel.username", "needs it"},
        {with_carrier("twilio", "", ""), "carriers.other.username", "needs it"},
        {with_carrier("vonage", "", ""), "carriers.other.username", "needs it"},
        {with_carrier("vonage", "application = \"a\"", "voice"),
         "carriers.other.password_file",
         "no private key"},
        {with_carrier("vonage", "username = \"u\"", "voice"),
         "routes.other.channel",
         "can't be done"},
        {with_carrier("infobip", "key_sid = \"SK1\"", ""),
         "carriers.other.key_sid",
         "only read by"},
        {with_carrier("infobip", "messaging_service = \"MG1\"", ""),
         "carriers.other.messaging_service",
         "only read by"},
        {with_carrier("infobip", "application = \"a\"", ""),
         "carriers.other.application",
         "only read by"},
        {with_carrier("infobip", "inquiry_url = \"https://api.example.com\"", ""),
         "carriers.other.inquiry_url",
         "only read by"},
        {with_carrier("infobip", "absent_after = \"1m\"", ""),
         "carriers.other.absent_after",
         "only read by"},
        {with_carrier("360nrs", "api = \"v3\"", ""), "carriers.other.api", "only read by"},
        {with_carrier("jasmin", "username = \"u\"\npull_after = \"5m\"", ""),
         "carriers.other.pull_after",
         "can't be fetched"},
        {with_carrier("vonage", "username = \"u\"\npull_rate = 1", ""),
         "carriers.other.pull_after",
         "can't be fetched"},
        {changed("username = \"pinwire\"\n", "username = \"p\"\ntokenless = true\n"),
         "carriers.kannel.tokenless",
         "without another proof"},
        {changed("[routes.world]", "dlr_auth.basic_user = \"u\"\n[routes.world]"),
         "carriers.kannel.dlr_auth.basic_user",
         "basic_password_file as well"},
        {changed("[keys]", "keep_jobs = \"47h\"\n[keys]"), "postgres.keep_jobs", "dedupe_horizon"},
        {changed("[postgres]", "[kafka.topics]\njobs_retention = \"31d\"\n[postgres]"),
         "kafka.topics.jobs_retention",
         "at most postgres.keep_jobs"},
        {changed("[postgres]", "[kafka.topics]\njobs_dead_retention = \"25h\"\n[postgres]"),
         "kafka.topics.jobs_dead_retention",
         "at most kafka.topics.jobs_retention"},
        {changed("[postgres]", "[kafka.topics]\ndlrs = \"pin.jobs\"\n[postgres]"),
         "kafka.topics.dlrs",
         "another topic's name"},
        {changed("embedded = true", "sasl_username = \"u\""), "kafka.security_protocol", "sasl"},
        {changed("embedded = true", "callback_group = \"pinwire-worker\""),
         "kafka.callback_group",
         "of its own"},
        {changed("http://127.0.0.1:8081", "http://dlr.example.com"),
         "callback.public_url",
         "https://"},
        {changed("[log]", "listen = \"8.8.8.8:80\"\n[log]"), "callback.listen", "public address"},
        {good_config(reports + "per_endpoint = 513"), "callback.reports.per_endpoint", "slots"},
        {good_config(reports + "lease = \"15s\""), "callback.reports.lease", "more than"},
        {good_config(reports + "schedule = []"), "callback.reports.schedule", "is empty"},
        {good_config(reports + "schedule = [\"5s\", \"0s\"]"), "callback.reports.schedule", "0s"},
    };
}

std::vector<bad_file> keys_of_reports_in_that_must_fit() {
    const auto of_kannel = [](const std::string& keys) {
        return changed("[routes.world]", keys + "\n[routes.world]");
    };
    const std::string file = "_file = \"secrets/kannel-password\"\n";
    return {
        {of_kannel("dlr_auth.signature = \"twilio\""),
         "carriers.kannel.dlr_auth.signature",
         "signature_secret_file as well"},
        {of_kannel("dlr_auth.signature_secret" + file),
         "carriers.kannel.dlr_auth.signature_secret_file",
         "signature as well"},
        {of_kannel(
             "dlr_auth.signature = \"vonage\"\ndlr_auth.signature_secret" + file +
             "dlr_auth.basic_user = \"u\"\ndlr_auth.basic_password" + file
         ),
         "carriers.kannel.dlr_auth.basic_user",
         "the same header"},
        {of_kannel("report_ids = \"hex\""), "carriers.kannel.report_ids", "answers are in decimal"},
        {of_kannel("id_form = \"decimal\"\nreport_ids = \"decimal\""),
         "carriers.kannel.report_ids",
         "answers are in hex"},
        {changed("[log]", "proxy_protocol = true\n[log]"),
         "callback.proxy_protocol",
         "believed of nobody"},
    };
}

std::vector<bad_file> keys_of_workers_and_accounts_that_must_fit() {
    return {
        {good_config("[worker]\nstale_after = \"1s\""), "worker.stale_after", "worker.heartbeat"},
        {good_config("[worker]\ntakeover_after = \"5s\""), "worker.takeover_after", "stale_after"},
        {good_config("[worker]\nin_flight_max = 100"), "worker.in_flight_max", "claim_batch"},
        {changed("[accounts.acme]", "[accounts.acme]\nsenders = [\"A\"]\ndefault_sender = \"B\""),
         "accounts.acme.default_sender",
         "none of the account's senders"},
    };
}

void expect_only_mistake(const config_folder& folder, const bad_file& bad) {
    const auto result = folder.load(bad.text);
    EXPECT_EQ(result.settings, nullptr);
    ASSERT_EQ(result.mistakes.size(), 1U) << bad.text << all(result.mistakes);
    EXPECT_EQ(result.mistakes[0].key, bad.key) << all(result.mistakes);
    const auto said = result.mistakes[0].to_string();
    EXPECT_NE(said.find(bad.what), std::string::npos) << said;
    EXPECT_EQ(said.find("hush"), std::string::npos) << said;
}

TEST(Loader, TakesARouteAtFullWidth) {
    const config_folder folder;
    const auto result = folder.load(changed(
        "tps = 5",
        "accounts = [\"acme\"]\ncountries = [\"34\", \"1787\"]\nprefixes = [\"447\"]\n"
        "networks = [\"214\", \"23430\"]\nsender = \"Acme\"\n"
        "senders = [\"1=18005550100\", \"91=ACMEIN\"]\nprices = [\"34=45000\"]\n"
        "connect_timeout = \"1s\"\nconfirmed_min = 0.8"
    ));
    ASSERT_TRUE(result) << all(result.mistakes);
    const auto& route = result.settings->routes.at(route_name("world"));
    EXPECT_EQ(route.accounts, std::vector<account_name>{account_name("acme")});
    EXPECT_EQ(route.countries.size(), 2U);
    EXPECT_EQ(route.networks.size(), 2U);
    EXPECT_EQ(route.senders.at("91"), sender_name("ACMEIN"));
    EXPECT_EQ(route.prices.at("34"), 45000);
    EXPECT_EQ(route.connect_timeout, std::chrono::seconds(1));
    EXPECT_EQ(route.answer_timeout.count(), 0) << "its carrier's";
    EXPECT_EQ(route.confirmed_min, 0.8);
    const auto again = folder.load(print_settings(*result.settings));
    ASSERT_TRUE(again) << all(again.mistakes);
    EXPECT_EQ(print_settings(*again.settings), print_settings(*result.settings));
}

TEST(Loader, TakesAGoodFile) {
    const config_folder folder;
    const auto result = folder.load(good_config());
    ASSERT_TRUE(result) << all(result.mistakes);
    const auto& s = *result.settings;
    const auto& route = s.routes.at(route_name("world"));
    EXPECT_EQ(route.name, route_name("world"));
    EXPECT_EQ(route.tps, 5);
    EXPECT_EQ(route.burst, 1);
    EXPECT_EQ(route.validity, std::chrono::hours(1));
    const auto& carrier = s.carriers.at(carrier_name("kannel"));
    EXPECT_EQ(carrier.translator.password.reveal(), "hush-kannel-password");
    EXPECT_EQ(carrier.translator.name, carrier_name("kannel"));
    ASSERT_TRUE(s.keys.ring);
    EXPECT_EQ(s.keys.ring->active(), key_id("k1"));
    EXPECT_EQ(s.accounts.at(account_name("acme")).webhook_secrets.size(), 1U);
}

TEST(Loader, NamesTheOneKeyThatIsWrong) {
    const config_folder folder;
    for (const auto& bad : single_keys())
        expect_only_mistake(folder, bad);
    for (const auto& bad : keys_of_routes())
        expect_only_mistake(folder, bad);
}

TEST(Loader, NamesTheKeysThatDoNotFitEachOther) {
    const config_folder folder;
    for (const auto& all :
         {keys_that_must_fit(),
          keys_of_calls_and_tlvs_that_must_fit(),
          keys_of_reports_in_that_must_fit(),
          keys_of_workers_and_accounts_that_must_fit()})
        for (const auto& bad : all)
            expect_only_mistake(folder, bad);
}

TEST(Loader, WarnsOfWordsThatAnybodyMayAskForWhoSeesTheirUrl) {
    const config_folder folder;
    const auto warned = [&folder](const std::string& keys, const char* channel) {
        const auto result =
            folder.load(with_carrier("twilio", "username = \"AC1\"\n" + keys, channel));
        EXPECT_TRUE(result) << all(result.mistakes);
        return all(result.warnings).find("carriers.other.dlr_auth.signature") != std::string::npos;
    };
    EXPECT_TRUE(warned("", "voice"));
    EXPECT_FALSE(warned("machine_detection = false", "voice"));
    EXPECT_FALSE(warned("", "sms")) << "no words are asked for";
    EXPECT_FALSE(warned(
        "dlr_auth.signature = \"twilio\"\ndlr_auth.signature_secret_file = \"secrets/infobip-key\"",
        "voice"
    ));
}

TEST(Loader, WarnsOfASignatureThatNoReportOfThatCarrierBears) {
    const config_folder folder;
    const auto warned =
        [&folder](const char* kind, const std::string& keys, const char* signature) {
            const auto result = folder.load(with_carrier(
                kind,
                keys + "dlr_auth.signature = \"" + signature +
                    "\"\ndlr_auth.signature_secret_file = \"secrets/infobip-key\"",
                "sms"
            ));
            EXPECT_TRUE(result) << all(result.mistakes);
            return all(result.warnings).find("each would be refused") != std::string::npos;
        };
    const std::string account = "username = \"AC1\"\n";
    EXPECT_FALSE(warned("twilio", account, "twilio"));
    EXPECT_TRUE(warned("twilio", account, "vonage_sms"));
    EXPECT_FALSE(warned("vonage", account, "vonage_sms"));
    EXPECT_TRUE(warned("vonage", account, "vonage")) << "calls' events bear it";
}

TEST(Loader, TakesScenariosThatAskForAKeyAndTheNamesOfTlvs) {
    const config_folder folder;
    const auto result = folder.load(
        with_carrier("infobip", "press_key = true\nscenarios = [\"en=A1\", \"pt_br=A2\"]", "voice")
    );
    ASSERT_TRUE(result);
    const auto& by = result.settings->carriers.at(carrier_name("other")).translator;
    EXPECT_TRUE(by.press_key);
    EXPECT_EQ(by.scenarios.at("pt_br"), "A2");
    const auto again = folder.load(print_settings(*result.settings));
    ASSERT_TRUE(again);
    EXPECT_EQ(
        again.settings->carriers.at(carrier_name("other")).translator.scenarios, by.scenarios
    );
    const auto kannel = folder.load(
        with_carrier("kannel", "username = \"u\"\ndlt_tlvs = [\"PE_ID\", \"TEMPLATE_ID\"]", "sms")
    );
    ASSERT_TRUE(kannel);
    EXPECT_EQ(
        kannel.settings->carriers.at(carrier_name("other")).translator.dlt_tlvs,
        (std::vector<std::string>{"PE_ID", "TEMPLATE_ID"})
    );
}

TEST(Loader, TakesCallsByVonageWithoutReadingTheKey) {
    const config_folder folder;
    load_options without;
    without.read_secrets = false;
    const auto result =
        folder.load(with_carrier("vonage", "application = \"a\"", "voice"), without);
    EXPECT_TRUE(result);
}

TEST(Loader, NamesEveryMistakeAtOnceInTheFilesOrderWithItsLine) {
    const config_folder folder;
    const auto result = folder.load("[kafka]\nembeded = true\n[log]\nlevel = 3\nformat = \"x\"\n");
    std::vector<std::string> keys;
    for (const auto& one : result.mistakes)
        keys.push_back(one.key + ":" + std::to_string(one.line));
    const std::vector<std::string> expected = {
        "postgres.conninfo:0",
        "keys.ring_file:0",
        "callback.public_url:0",
        "routes:0",
        "accounts:0",
        "kafka.bootstrap_servers:1",
        "kafka.embeded:2",
        "log.level:4",
        "log.format:5"};
    EXPECT_EQ(keys, expected) << all(result.mistakes);
}

TEST(Loader, SaysWhereTextIsNoToml) {
    const config_folder folder;
    const auto result = folder.load("[kafka]\nx = \n");
    ASSERT_EQ(result.mistakes.size(), 1U);
    EXPECT_EQ(result.mistakes[0].line, 2U);
}

TEST(Loader, ReportsAFileThatIsNotThere) {
    const config_folder folder;
    const auto result = load(folder.path() / "none.toml");
    ASSERT_EQ(result.mistakes.size(), 1U);
    EXPECT_NE(result.mistakes[0].to_string().find("none.toml"), std::string::npos);
}

TEST(Loader, WarnsOfADrainThatSystemdWouldCutShort) {
    const config_folder folder;
    const auto warned = [&folder](const std::string& table, const std::string& drain) {
        auto text = good_config();
        const auto at = text.find("[" + table + "]\n");
        const auto line = "drain = \"" + drain + "\"\n";
        if (at == std::string::npos)
            text += "[" + table + "]\n" + line;
        else
            text.insert(at + table.size() + 3, line);
        const auto result = folder.load(text);
        EXPECT_TRUE(result) << all(result.mistakes);
        return all(result.warnings).find(table + ".drain") != std::string::npos &&
               all(result.warnings).find("TimeoutStopSec=40") != std::string::npos;
    };
    for (const char* table : {"worker", "callback", "api"}) {
        EXPECT_FALSE(warned(table, "30s")) << table;
        EXPECT_TRUE(warned(table, "31s")) << table;
    }
}

TEST(Loader, WarnsOfADrainThatEndsBeforeAnOrderHasItsAnswer) {
    const config_folder folder;
    const auto warnings = [&folder](const std::string& drain) {
        const auto text = "[api]\nanswer_within = \"10s\"\ndrain = \"" + drain + "\"\n";
        return all(folder.load(good_config() + text).warnings);
    };
    EXPECT_NE(warnings("9s").find("api.answer_within (10s)"), std::string::npos) << warnings("9s");
    EXPECT_EQ(warnings("10s").find("api.drain"), std::string::npos) << warnings("10s");
}

// A broker as Kafka ships it takes none below 6 s; the embedded one takes any.
TEST(Loader, WarnsOfASessionThatBrokersRefuse) {
    const config_folder folder;
    const auto warnings = [&folder](const std::string& lines) {
        const auto result = folder.load(changed("embedded = true", lines));
        EXPECT_TRUE(result) << all(result.mistakes);
        return all(result.warnings);
    };
    const std::string key = "kafka.session_timeout";
    EXPECT_NE(warnings("session_timeout = \"5999ms\"").find(key), std::string::npos);
    EXPECT_EQ(warnings("session_timeout = \"6s\"").find(key), std::string::npos);
    EXPECT_EQ(warnings("").find(key), std::string::npos);
    EXPECT_EQ(warnings("embedded = true\nsession_timeout = \"1s\"").find(key), std::string::npos);
}

TEST(Loader, WarnsWithoutStopping) {
    const config_folder folder;
    const auto result = folder.load(
        changed("embedded = true", "[kafka.topics]\njobs_retention = \"3d\"\nreplication = 1") +
        "[worker]\nmetrics_listen = \"0.0.0.0:9\"\n"
    );
    ASSERT_TRUE(result) << all(result.mistakes);
    std::vector<std::string> keys;
    for (const auto& one : result.warnings)
        keys.push_back(one.key);
    const std::vector<std::string> expected = {
        "kafka.topics.jobs_retention", "kafka.topics.replication", "worker.metrics_listen"};
    EXPECT_EQ(keys, expected) << all(result.warnings);
}

}  // namespace
}  // namespace pinwire::config
