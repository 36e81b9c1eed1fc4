// Questions and orders about topics.
#include "tests/integration/kafka/kafka_fixture.hpp"

namespace pinwire::kafka {
namespace {

using namespace std::chrono_literals;

class Topics : public kafka_test {};

TEST_F(Topics, AreCreatedOnceAndDescribed) {
    const auto name = make_topic(3);
    if (embedded()) GTEST_SKIP() << "the embedded broker has no admin interface";
    topic_spec spec;
    spec.name = name;
    spec.partitions = 5;
    const std::vector<topic_spec> again = {spec};
    EXPECT_EQ(create_topics(where(), again).at(0).outcome, topic_created::existed);
    const std::vector<std::string> names = {name, name + ".missing"};
    const auto described = describe_topics(where(), names);
    EXPECT_TRUE(described.at(0).exists);
    EXPECT_EQ(described.at(0).partitions, 3);
    EXPECT_EQ(described.at(0).replication, 1);
    EXPECT_TRUE(described.at(0).config_available);
    EXPECT_TRUE(described.at(0).config.contains("retention.ms"));
    EXPECT_EQ(described.at(0).config.at("cleanup.policy"), "delete");
    EXPECT_FALSE(described.at(1).exists);
}

TEST_F(Topics, TakeTheirConfiguration) {
    make_topic(1);
    if (embedded()) GTEST_SKIP() << "the embedded broker has no admin interface";
    topic_spec spec;
    spec.name = make_topic(1) + ".configured";
    spec.config["retention.ms"] = "86400000";
    spec.config["message.timestamp.type"] = "LogAppendTime";
    spec.config["unclean.leader.election.enable"] = "true";
    topic_spec wrong = spec;
    wrong.name += ".wrong";
    wrong.config["retention.ms"] = "soon";
    const std::vector<topic_spec> both = {spec, wrong};
    const auto made = create_topics(where(), both);
    EXPECT_EQ(made.at(0).outcome, topic_created::created) << made.at(0).error;
    EXPECT_EQ(made.at(1).outcome, topic_created::failed);
    EXPECT_FALSE(made.at(1).error.empty());
    const std::vector<std::string> names = {spec.name};
    const auto described = describe_topics(where(), names);
    EXPECT_EQ(described.at(0).config.at("retention.ms"), "86400000");
    EXPECT_EQ(described.at(0).config.at("message.timestamp.type"), "LogAppendTime");
    EXPECT_EQ(described.at(0).config.at("unclean.leader.election.enable"), "true");
}

TEST_F(Topics, TellTheirEnds) {
    const auto topic = make_topic(2);
    auto body = [&]() -> awaitable<void> { co_await fill(topic, "k", 7); };
    run(body());
    std::int64_t records = 0;
    const auto ends = end_offsets(where(), topic);
    EXPECT_GE(ends.size(), 2U);
    for (const auto& one : ends) {
        EXPECT_EQ(one.first, 0);
        records += one.end - one.first;
    }
    EXPECT_EQ(records, 7);
    EXPECT_TRUE(end_offsets(where(), topic + ".missing").empty());
}

TEST_F(Topics, AnUnreachableBrokerIsAnErrorInBoundedTime) {
    auto nowhere = where();
    nowhere.bootstrap_servers = "127.0.0.1:1";
    const std::vector<std::string> names = {"any"};
    const std::vector<topic_spec> specs(1);
    EXPECT_THROW(describe_topics(nowhere, names, 300ms), std::runtime_error);
    EXPECT_THROW(create_topics(nowhere, specs, 300ms), std::runtime_error);
    EXPECT_THROW(end_offsets(nowhere, "any", 300ms), std::runtime_error);
}

}  // namespace
}  // namespace pinwire::kafka
