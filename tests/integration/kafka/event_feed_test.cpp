// The group-less reader of a whole topic.
#include <array>
#include <map>
#include <set>

#include "common/kafka/event_feed.hpp"
#include "common/kafka/rdkafka_handles.hpp"
#include "tests/integration/kafka/kafka_fixture.hpp"

namespace pinwire::kafka {
namespace {

using namespace std::chrono_literals;

using new_partitions_handle =
    std::unique_ptr<rd_kafka_NewPartitions_t, destroyed_by<rd_kafka_NewPartitions_destroy>>;

void add_partitions(const settings& where, const std::string& topic, std::size_t count) {
    const auto client = make_client(RD_KAFKA_PRODUCER, base_conf(where));
    std::array<char, 256> error = {};
    const new_partitions_handle more(
        rd_kafka_NewPartitions_new(topic.c_str(), count, error.data(), error.size())
    );
    auto* one = more.get();
    const queue_handle queue(rd_kafka_queue_new(client.get()));
    rd_kafka_CreatePartitions(client.get(), &one, 1, nullptr, queue.get());
    const event_handle event(rd_kafka_queue_poll(queue.get(), 10'000));
    ASSERT_TRUE(event);
    ASSERT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
}

class EventFeed : public kafka_test {
protected:
    struct reader {
        std::vector<record> got;
        std::vector<std::string> complaints;
        std::unique_ptr<event_feed> feed;

        std::set<std::string> payloads() const {
            std::set<std::string> all;
            for (const auto& one : got)
                all.insert(one.payload.value_or(""));
            return all;
        }
    };

    std::unique_ptr<reader> open(const std::string& topic, const std::string& mine) {
        auto made = std::make_unique<reader>();
        feed_settings how;
        how.topic = topic;
        how.header = "pinwire-waiter";
        how.look_every = 300ms;
        how.ask_again = 100ms;
        feed_callbacks tell;
        tell.wants = [mine](std::string_view value) { return mine.empty() || value == mine; };
        tell.on_record = [out = made.get()](record one) { out->got.push_back(std::move(one)); };
        tell.on_error = [out = made.get()](std::string_view code, std::string_view text) {
            out->complaints.push_back(std::string(code) + ": " + std::string(text));
        };
        made->feed = std::make_unique<event_feed>(io_.get_executor(), where(), how, tell);
        return made;
    }

    awaitable<void> positioned(reader& one) {
        const auto is_positioned = [&one] { return one.feed->positioned(); };
        co_await eventually(is_positioned, "positioned");
    }

    // One message of each key, so that several partitions get some.
    awaitable<void> send(std::string topic, std::string waiter, int count, std::string prefix) {
        producer out(io_.get_executor(), where());
        std::vector<message> all;
        for (int i = 0; i < count; ++i) {
            message one;
            one.topic = topic;
            one.key = prefix + std::to_string(i);
            one.payload = prefix + std::to_string(i);
            header mark;
            mark.name = "pinwire-waiter";
            mark.value = waiter;
            if (!waiter.empty()) one.headers.push_back(mark);
            all.push_back(std::move(one));
        }
        const auto results = co_await out.produce_all(std::move(all));
        for (const auto& result : results) {
            if (!result.ok) throw std::runtime_error("not produced: " + result.name);
        }
    }
};

TEST_F(EventFeed, SeesAllThatIsWrittenAfterItWasPositionedAndNothingBefore) {
    const auto topic = make_topic(4);
    auto body = [&]() -> awaitable<void> {
        co_await send(topic, "me", 20, "before");
        auto one = open(topic, "me");
        co_await positioned(*one);
        EXPECT_EQ(one->feed->partitions(), 4U);
        co_await send(topic, "me", 200, "after");
        const auto all_came = [&] { return one->got.size() >= 200; };
        co_await eventually(all_came, "all records");
        std::set<std::int32_t> partitions;
        for (const auto& record : one->got) {
            EXPECT_TRUE(record.payload->starts_with("after"));
            partitions.insert(record.partition);
        }
        EXPECT_EQ(one->payloads().size(), 200U);
        EXPECT_EQ(partitions.size(), 4U);
    };
    run(body());
}

TEST_F(EventFeed, EachReaderGetsItsOwnAndPassesOverTheOthers) {
    const auto topic = make_topic(3);
    auto body = [&]() -> awaitable<void> {
        auto first = open(topic, "first");
        auto second = open(topic, "second");
        auto everything = open(topic, "");
        co_await positioned(*first);
        co_await positioned(*second);
        co_await positioned(*everything);
        co_await send(topic, "first", 30, "a");
        co_await send(topic, "second", 40, "b");
        co_await send(topic, "", 50, "c");
        const auto all_came = [&] { return everything->got.size() == 120; };
        co_await eventually(all_came, "every record");
        const auto seen = [](const reader& one) {
            return one.feed->counters().received + one.feed->counters().skipped;
        };
        const auto first_ended = [&] { return seen(*first) == 120; };
        co_await eventually(first_ended, "the first's end");
        const auto second_ended = [&] { return seen(*second) == 120; };
        co_await eventually(second_ended, "the second's end");
        EXPECT_EQ(first->got.size(), 30U);
        EXPECT_EQ(second->got.size(), 40U);
        EXPECT_TRUE(first->payloads().contains("a0"));
        EXPECT_TRUE(second->payloads().contains("b39"));
    };
    run(body());
}

TEST_F(EventFeed, ReadsNewPartitionsFromTheirBeginning) {
    const auto topic = make_topic(1);
    if (embedded()) GTEST_SKIP() << "the embedded broker adds no partitions";
    auto body = [&]() -> awaitable<void> {
        auto one = open(topic, "me");
        co_await positioned(*one);
        add_partitions(where(), topic, 3);
        // Written whether the feed has noticed or not.
        co_await send(topic, "me", 60, "x");
        const auto all_came = [&] { return one->payloads().size() == 60; };
        co_await eventually(all_came, "all records");
        const auto all_found = [&] { return one->feed->partitions() == 3; };
        co_await eventually(all_found, "new partitions");
        std::map<std::int32_t, int> by_partition;
        for (const auto& record : one->got)
            ++by_partition[record.partition];
        // the producer may have learned of the new ones late; then all stand in the first
        EXPECT_FALSE(by_partition.empty());
        co_await send(topic, "me", 60, "y");
        const auto later_came = [&] { return one->payloads().size() == 120; };
        co_await eventually(later_came, "the later records");
    };
    run(body());
}

TEST_F(EventFeed, WaitsForATopicThatIsMissing) {
    const auto topic = make_topic(1);
    if (embedded()) GTEST_SKIP() << "the embedded broker has no missing topics";
    const auto later = topic + ".later";
    auto body = [&]() -> awaitable<void> {
        auto one = open(later, "me");
        const auto complained = [&] { return !one->complaints.empty(); };
        co_await eventually(complained, "a complaint");
        EXPECT_FALSE(one->feed->positioned());
        EXPECT_NE(one->complaints.front().find("is missing"), std::string::npos);
        topic_spec spec;
        spec.name = later;
        spec.partitions = 2;
        const std::vector<topic_spec> specs = {spec};
        create_topics(where(), specs);
        co_await positioned(*one);
        co_await send(later, "me", 5, "z");
        const auto all_came = [&] { return one->got.size() == 5; };
        co_await eventually(all_came, "its records");
    };
    run(body());
}

TEST_F(EventFeed, EndsInBoundedTimeWithoutABroker) {
    auto nowhere = where();
    nowhere.bootstrap_servers = "127.0.0.1:1";
    feed_settings how;
    how.topic = "any";
    const auto began = std::chrono::steady_clock::now();
    {
        event_feed feed(io_.get_executor(), nowhere, how, {});
        EXPECT_FALSE(feed.positioned());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

}  // namespace
}  // namespace pinwire::kafka
