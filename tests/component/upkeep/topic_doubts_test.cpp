// What /readyz says of a topic's settings: each that takes from the promises, and that they can't
// be read.
#include "common/upkeep/topic_doubts.hpp"

#include <gtest/gtest.h>

namespace pinwire::upkeep {
namespace {

kafka::topic_description sound() {
    kafka::topic_description made;
    made.name = "pin.jobs";
    made.exists = true;
    made.partitions = 12;
    made.replication = 3;
    made.config_available = true;
    made.config = {
        {"cleanup.policy", "delete"},
        {"min.insync.replicas", "2"},
        {"unclean.leader.election.enable", "false"}};
    return made;
}

std::string with(const std::string& name, const std::string& value) {
    auto topic = sound();
    topic.config[name] = value;
    return doubts_of(topic);
}

TEST(TopicDoubts, AreNoneOfASoundTopic) {
    EXPECT_EQ(doubts_of(sound()), "");
}

TEST(TopicDoubts, NameEachSettingThatTakesFromThePromises) {
    EXPECT_EQ(
        with("unclean.leader.election.enable", "true"),
        " pin.jobs: unclean.leader.election.enable true;"
    );
    EXPECT_EQ(with("min.insync.replicas", "1"), " pin.jobs: min.insync.replicas 1;");
    EXPECT_NE(with("cleanup.policy", "compact,delete"), "");
}

TEST(TopicDoubts, ReplicasAreCountedAlsoWhereTheSettingsCannotBeRead) {
    auto topic = sound();
    topic.config_available = false;
    topic.config.clear();
    EXPECT_EQ(doubts_of(topic), " pin.jobs: its settings can't be read (DescribeConfigs);");
    topic.replication = 1;
    EXPECT_NE(doubts_of(topic).find("replication 1;"), std::string::npos);
}

}  // namespace
}  // namespace pinwire::upkeep
