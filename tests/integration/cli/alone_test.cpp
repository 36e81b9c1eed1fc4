// Commands that need neither Kafka nor PostgreSQL, and what is said when those can't be reached.
#include <sys/stat.h>

#include "common/core/key_ring.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/child_process.hpp"

namespace pinwire::cli {
namespace {

class Cli : public cli_test {};

TEST_F(Cli, ShowsItsVersion) {
    EXPECT_EQ(run_bare({"version"}).out, "pinwire " PINWIRE_VERSION "\n");
    EXPECT_EQ(run_bare({"version", "--json"}).json()["version"], PINWIRE_VERSION);
}

TEST_F(Cli, AnswersWrongUsageWithTwo) {
    EXPECT_EQ(run_bare({}).code, 2);
    EXPECT_EQ(run_bare({"status"}).code, 2);
    EXPECT_EQ(run_bare({"enqueue", "--no-such-option"}).code, 2);
    EXPECT_EQ(run({"dead-letters", "show", "first"}).code, 2);
    EXPECT_EQ(run_bare({"--help"}).code, 0);
}

TEST_F(Cli, NamesTheWordThatItDoesNotKnow) {
    const auto command = run_bare({"stats"});
    EXPECT_EQ(command.code, 2);
    EXPECT_NE(command.err.find("stats isn't known"), std::string::npos) << command.err;
    const auto option = run_bare({"status", "--acount", "acme"});
    EXPECT_EQ(option.code, 2);
    EXPECT_NE(option.err.find("--acount isn't known"), std::string::npos) << option.err;
    const auto topic = run({"dead-letters", "list", "--topic", "job"});
    EXPECT_EQ(topic.code, 2);
    EXPECT_NE(topic.err.find("{jobs,dlrs}"), std::string::npos) << topic.err;
}

TEST_F(Cli, NamesEveryMistakeOfTheConfiguration) {
    auto text = replaced(config(), "[accounts.acme]", "[accounts.acme]\nallow_htp = true");
    text = replaced(text, "partitions = 3", "partitions = 0");
    write_config(text);
    const auto checked = run({"check-config"});
    EXPECT_EQ(checked.code, 2);
    EXPECT_NE(checked.out.find("pinwire.toml:11: kafka.topics.partitions"), std::string::npos)
        << checked.out;
    EXPECT_NE(checked.out.find("accounts.acme.allow_htp"), std::string::npos) << checked.out;
    const auto as_json = run({"check-config", "--json"}).json();
    ASSERT_EQ(as_json["mistakes"].size(), 2U);
    EXPECT_EQ(as_json["mistakes"][0]["line"], 11);
    EXPECT_FALSE(as_json["mistakes"][0]["allowed"].get<std::string>().empty());
    // another command refuses the same file
    EXPECT_EQ(run({"enqueue", "--account", "acme", "--to", "+34600000001"}).code, 2);
}

TEST_F(Cli, TakesASoundConfigurationAndPrintsItWhole) {
    const auto checked = run({"check-config", "--print"});
    EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
    EXPECT_NE(checked.out.find("can be used"), std::string::npos);
    EXPECT_NE(checked.out.find("dedupe_horizon"), std::string::npos);
    const auto as_json = run({"check-config", "--print", "--json"}).json();  // one document
    EXPECT_NE(as_json["settings"].get<std::string>().find("dedupe_horizon"), std::string::npos);
}

TEST_F(Cli, ChecksAConfigurationWhoseSecretsItMayNotRead) {
    std::filesystem::remove(directory_ / "carrier");
    EXPECT_EQ(run({"check-config"}).code, 2);
    EXPECT_EQ(run({"check-config", "--no-secrets"}).code, 0);
}

TEST_F(Cli, MakesAKeyRingThatOnlyItsOwnerReadsAndNeverOverwritesIt) {
    const auto file = (directory_ / "fresh").string();
    EXPECT_EQ(run_bare({"keys", "make", "--file", file, "--id", "k7"}).code, 0);
    struct stat found = {};
    ASSERT_EQ(::stat(file.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U);
    const auto text = test::read_file(file);
    EXPECT_EQ(key_ring::parse(text).active(), key_id("k7"));
    const auto again = run_bare({"keys", "make", "--file", file});
    EXPECT_EQ(again.code, 2);
    EXPECT_EQ(test::read_file(file), text);
    // what it advises adds a key, however soon
    EXPECT_NE(again.err.find("`pinwire keys rotate --file " + file + "`"), std::string::npos)
        << again.err;
    EXPECT_EQ(run_bare({"keys", "rotate", "--file", file}).code, 0);
    EXPECT_EQ(key_ring::parse(test::read_file(file)).ids().size(), 2U);
    const auto nowhere = run_bare({"keys", "make", "--file", file + "/ring"});
    EXPECT_EQ(nowhere.code, 1);
    EXPECT_NE(nowhere.err.find("can't be written"), std::string::npos) << nowhere.err;
}

TEST_F(Cli, PrintsALineThatARingTakes) {
    const auto line = run_bare({"keys", "make"});
    ASSERT_EQ(line.code, 0) << line.err;
    const auto ring = key_ring::parse(test::read_file(directory_ / "ring") + "\n" + line.out);
    EXPECT_EQ(ring.ids().size(), 2U);
    EXPECT_EQ(ring.active(), key_id("k1"));
    EXPECT_EQ(run_bare({"keys", "make", "--id", "Not An Id"}).code, 2);
    const auto json = run_bare({"--json", "keys", "make", "--id", "k9", "--active"}).json();
    EXPECT_EQ(json["id"], "k9");
    const auto told = json["line"].get<std::string>();
    EXPECT_EQ(key_ring::parse(told).ids().front(), key_id("k9"));
}

TEST_F(Cli, RefusesAConninfoThatCannotBeReadOrShowsAPassword) {
    const auto url = run({"status", "job", "--conninfo", "postgres://db/pinwire"});
    EXPECT_EQ(url.code, 2);
    EXPECT_NE(url.err.find("--conninfo is no list"), std::string::npos) << url.err;
    const auto shown = run({"status", "job", "--conninfo", "host=127.0.0.1 password=hunter2"});
    EXPECT_EQ(shown.code, 2);
    EXPECT_NE(shown.err.find("it belongs into a file"), std::string::npos) << shown.err;
    EXPECT_EQ(shown.err.find("hunter2"), std::string::npos) << shown.err;
}

TEST_F(Cli, SaysThreeWhenPostgresOrKafkaCannotBeReached) {
    const auto status = run({"status", "job"});
    EXPECT_EQ(status.code, 3);
    EXPECT_NE(status.err.find("postgres.conninfo"), std::string::npos) << status.err;
    const auto enqueue = run({"enqueue", "--account", "acme", "--to", "+34600000001"});
    EXPECT_EQ(enqueue.code, 3) << enqueue.err;
    EXPECT_NE(enqueue.err.find("127.0.0.1:1"), std::string::npos) << enqueue.err;
}

}  // namespace
}  // namespace pinwire::cli
