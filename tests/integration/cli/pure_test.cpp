// The parts of the CLI that touch nothing: masking, tables, jobs out of options, what topics should
// be like.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/connect.hpp"
#include "cli/job_fields.hpp"
#include "cli/masking.hpp"
#include "cli/table.hpp"
#include "cli/topic_plan.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;

TEST(Explained, OutOfReachIsAServerThatIsGoneOrFull) {
    const auto code_of = [](const std::string& sqlstate) {
        return explain(postgres::database_error(postgres::trouble::weather, sqlstate, "said"))
            .code();
    };
    for (const auto* away : {"", "08006", "57P01", "57P03", "53300"})
        EXPECT_EQ(code_of(away), exit_code::unreachable) << away;
    for (const auto* answered : {"57014", "53100", "53200", "42501"})
        EXPECT_EQ(code_of(answered), exit_code::failed) << answered;
}

TEST(Masking, HidesTextsNumbersAndCodesWhereverTheyStand) {
    const auto masked =
        masked_job(R"({"job_id":"a","to":"+34 600 000 001","text":"1234 is it","pin":"9876",)"
                   R"("note":"4711","pin_id":"p","reference":{"pin":"5555"}})");
    EXPECT_EQ(masked["job_id"], "a");
    EXPECT_EQ(masked["pin_id"], "p");
    const auto text = masked.dump();
    for (const char* secret : {"1234", "9876", "4711", "5555", "600 000 001"})
        EXPECT_EQ(text.find(secret), std::string::npos) << secret;
}

TEST(Masking, KeepsWhatAPinIsLikeAndHidesItsSeal) {
    const auto masked = masked_job(R"({"pin":{"type":"hex","length":8,"sealed":"v1.k.abc"}})");
    EXPECT_EQ(masked["pin"]["type"], "hex");
    EXPECT_EQ(masked["pin"]["length"], 8);
    EXPECT_EQ(masked["pin"]["sealed"], "(masked)");
}

TEST(Masking, GivesNothingOfWhatItCannotRead) {
    EXPECT_TRUE(masked_job("1234 is it").is_null());
    EXPECT_TRUE(masked_job(R"(["1234"])").is_null());
    EXPECT_TRUE(masked_job(R"({"text":"a","text":"b"})").is_null());
}

TEST(Masking, ShowsIdsAsKeysButNoNumbersOrFreeText) {
    EXPECT_EQ(masked_key("0123456789abcdef0123456789abcdef"), "0123456789abcdef0123456789abcdef");
    EXPECT_EQ(masked_key("34600000001").find("600000"), std::string::npos);
    EXPECT_EQ(masked_key("hello"), "(5 bytes)");
}

TEST(Table, AlignsByCharactersAndDefusesControls) {
    table rows({"A", "B"});
    rows.add({"ñandú", "x"});
    rows.add({"e\x1b[2J", "y"});
    EXPECT_EQ(rows.text(), "A      B\nñandú  x\ne?[2J  y\n");
}

TEST(JobFields, MakeOneObjectWithThePinInside) {
    job_fields fields;
    fields.texts["to"] = "+34600000001";
    fields.texts["pin.type"] = "hex";
    fields.integers["pin.length"] = 8;
    fields.flags["ncNeeded"] = false;
    const auto job = nlohmann::json::parse(to_job_json(fields));
    EXPECT_EQ(job["to"], "+34600000001");
    EXPECT_EQ(job["pin"]["type"], "hex");
    EXPECT_EQ(job["pin"]["length"], 8);
    EXPECT_EQ(job["ncNeeded"], false);
}

kafka::topic_description sound(const kafka::topic_spec& planned) {
    kafka::topic_description made;
    made.name = planned.name;
    made.exists = true;
    made.partitions = planned.partitions;
    made.replication = 3;
    made.config_available = true;
    made.config = planned.config;
    made.config["min.insync.replicas"] = "2";
    return made;
}

std::vector<finding> with(
    const config::settings& settings, const std::string& name, const std::string& value
) {
    auto found = sound(planned_topics(settings).front());
    found.config[name] = value;
    return compare_topics(settings, {found});
}

TEST(TopicPlan, KeepsTheBrokersTimeAndDurableWritesForJobs) {
    const auto planned = planned_topics(config::settings());
    ASSERT_EQ(planned.size(), 5U);
    EXPECT_EQ(planned[0].config.at("message.timestamp.type"), "LogAppendTime");
    EXPECT_EQ(planned[1].config.at("message.timestamp.type"), "LogAppendTime");
    EXPECT_EQ(planned[0].config.at("retention.ms"), "86400000");
    EXPECT_EQ(planned[2].config.at("retention.ms"), "604800000");
    EXPECT_EQ(planned[0].config.at("min.insync.replicas"), "2");
    for (const auto& one : planned)
        EXPECT_EQ(one.config.at("unclean.leader.election.enable"), "false") << one.name;
}

TEST(TopicFindings, SayNothingOfTopicsAsPlanned) {
    const config::settings settings;
    std::vector<kafka::topic_description> found;
    for (const auto& one : planned_topics(settings))
        found.push_back(sound(one));
    EXPECT_TRUE(compare_topics(settings, found).empty());
}

TEST(TopicFindings, WarnAboveTheDedupeHorizonAndRefuseAboveKeepJobs) {
    const config::settings settings;
    const auto ms = [](auto time) {
        return std::to_string(std::chrono::milliseconds(time).count());
    };
    EXPECT_TRUE(with(settings, "retention.ms", ms(48h)).empty());
    const auto above = with(settings, "retention.ms", ms(49h));
    ASSERT_EQ(above.size(), 1U);
    EXPECT_FALSE(above[0].refuses);
    const auto far = with(settings, "retention.ms", ms(31 * 24h));
    ASSERT_EQ(far.size(), 1U);
    EXPECT_TRUE(far[0].refuses);
    EXPECT_TRUE(with(settings, "retention.ms", "-1").at(0).refuses);
    EXPECT_EQ(with(settings, "retention.ms", ms(1h)).size(), 1U);
}

TEST(TopicFindings, NameCompactionWeakWritesAndTheProducersTime) {
    const config::settings settings;
    EXPECT_EQ(with(settings, "cleanup.policy", "compact,delete").size(), 1U);
    EXPECT_EQ(with(settings, "min.insync.replicas", "1").size(), 1U);
    EXPECT_EQ(with(settings, "message.timestamp.type", "CreateTime").size(), 1U);
    EXPECT_EQ(with(settings, "unclean.leader.election.enable", "true").size(), 1U);
}

TEST(TopicFindings, SettingsThatCannotBeReadAreAFindingExceptOfTheEmbeddedBroker) {
    config::settings settings;
    auto found = sound(planned_topics(settings).front());
    found.config_available = false;
    found.config.clear();
    const auto said = compare_topics(settings, {found});
    ASSERT_EQ(said.size(), 1U);
    EXPECT_FALSE(said[0].refuses);
    EXPECT_NE(said[0].text.find("DescribeConfigs"), std::string::npos) << said[0].text;
    settings.kafka.embedded = true;
    EXPECT_TRUE(compare_topics(settings, {found}).empty());
}

TEST(TopicFindings, NameAMissingTopicAndTooFewReplicas) {
    const config::settings settings;
    auto found = sound(planned_topics(settings).front());
    found.replication = 1;
    found.partitions = 1;
    EXPECT_EQ(compare_topics(settings, {found}).size(), 2U);
    found.exists = false;
    EXPECT_EQ(compare_topics(settings, {found}).size(), 1U);
}

}  // namespace
}  // namespace pinwire::cli
