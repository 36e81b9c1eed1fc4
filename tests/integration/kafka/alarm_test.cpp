// What must not pass in silence: records that were deleted before they were read, and a client
// that is dead. Both need what only a real broker has.
#include <librdkafka/rdkafka.h>

#include "tests/integration/kafka/kafka_fixture.hpp"

namespace pinwire::kafka {
namespace {

using namespace std::chrono_literals;

class Alarm : public kafka_test {
protected:
    // As retention would: records below the offset are gone.
    void delete_before(const std::string& topic, std::int64_t offset) {
        auto* conf = rd_kafka_conf_new();
        char text[256] = {};
        rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap_.c_str(), text, sizeof text);
        auto* const client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
        ASSERT_NE(client, nullptr) << text;
        auto* const list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = offset;
        auto* order = rd_kafka_DeleteRecords_new(list);
        auto* const queue = rd_kafka_queue_new(client);
        rd_kafka_DeleteRecords(client, &order, 1, nullptr, queue);
        auto* const answer = rd_kafka_queue_poll(queue, 10'000);
        EXPECT_NE(answer, nullptr);
        if (answer != nullptr) {
            EXPECT_EQ(rd_kafka_event_error(answer), RD_KAFKA_RESP_ERR_NO_ERROR);
            rd_kafka_event_destroy(answer);
        }
        rd_kafka_queue_destroy(queue);
        rd_kafka_DeleteRecords_destroy(order);
        rd_kafka_topic_partition_list_destroy(list);
        rd_kafka_destroy(client);
    }
};

TEST_F(Alarm, CountsTheRecordsThatWereDeletedBeforeTheyWereRead) {
    const auto topic = make_topic(1);
    if (embedded()) GTEST_SKIP() << "the embedded broker can't delete records";
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 10);
        auto member = join(group_of(topic));
        co_await take(*member, 2, true);
        co_await close(member);
        delete_before(topic, 7);

        std::int64_t missing = 0;
        consumer_callbacks tell;
        tell.on_gap = [&](const topic_partition& at, std::int64_t count) {
            EXPECT_EQ(at.topic, topic);
            missing += count;
        };
        member = join(group_of(topic), tell);
        const auto rest = co_await take(*member, 3, true);
        EXPECT_EQ(rest.front().offset, 7);
        auto told = [&] { return missing > 0; };
        co_await eventually(told, "the gap is told");
        EXPECT_EQ(missing, 5);
        EXPECT_EQ(member->counters().gaps, 1U);
        co_await close(member);
    };
    run(body());
}

TEST_F(Alarm, AFencedMemberIsFatalAndItsNextEnds) {
    const auto topic = make_topic(1);
    if (embedded()) GTEST_SKIP() << "the embedded broker doesn't fence static members";
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 1);
        auto fixed = where();
        fixed.extra.emplace_back("group.instance.id", "worker-1");
        std::string why;
        consumer_callbacks tell;
        tell.on_fatal = [&](std::string_view text) { why = std::string(text); };
        auto how = group_of(topic);
        auto first = std::make_unique<consumer>(io_.get_executor(), fixed, how, tell);
        co_await take(*first, 1, true);
        auto second = std::make_unique<consumer>(io_.get_executor(), fixed, how);
        const auto end = co_await with_deadline(first->next(1), deadline_in(30s));
        EXPECT_TRUE(end.has_value() && end->empty());
        EXPECT_NE(why.find("FENCED_INSTANCE_ID"), std::string::npos) << why;
        co_await close(first);
        co_await close(second);
    };
    run(body());
}

TEST_F(Alarm, AMemberThatClosesBeforeItsFirstAssignmentDoesNotCrash) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        auto member = join(group_of(topic));
        co_await close(member);
        // no time for anything, for asking where the group is, for making itself known ...
        for (const auto time : {1ms, 3ms, 5ms, 7ms, 10ms, 15ms, 25ms}) {
            auto brief = join(group_of(topic));
            co_await brief->close(time);
        }
    };
    run(body());
}

}  // namespace
}  // namespace pinwire::kafka
