// What produce() answers, and what arrives of a message.
#include <map>
#include <set>

#include "common/runtime/task_group.hpp"
#include "tests/integration/kafka/kafka_fixture.hpp"

namespace pinwire::kafka {
namespace {

using namespace std::chrono_literals;

class Producer : public kafka_test {};

message text_message(const std::string& topic, std::string payload) {
    message one;
    one.topic = topic;
    one.key = "k";
    one.payload = std::move(payload);
    return one;
}

TEST_F(Producer, KeepsTheOrderOfEachKey) {
    const auto topic = make_topic(4);
    auto body = [&]() -> awaitable<void> {
        producer out(io_.get_executor(), where());
        std::vector<message> all;
        for (int i = 0; i < 400; ++i) {
            auto one = text_message(topic, std::to_string(i));
            one.key = "key" + std::to_string(i % 7);
            all.push_back(std::move(one));
        }
        const auto results = co_await out.produce_all(std::move(all));
        for (const auto& result : results)
            EXPECT_TRUE(result.ok) << result.name;
        EXPECT_EQ(out.counters().acknowledged, 400U);
        EXPECT_EQ(out.pending(), 0U);

        auto member = join(group_of(topic));
        const auto got = co_await take(*member, 400, true);
        std::map<std::string, int> last;
        std::map<std::string, std::set<int>> partitions;
        for (const auto& one : got) {
            const int number = std::stoi(*one.payload);
            const auto before = last.find(*one.key);
            if (before != last.end()) {
                EXPECT_EQ(number, before->second + 7) << *one.key;
            }
            last[*one.key] = number;
            partitions[*one.key].insert(one.partition);
        }
        EXPECT_EQ(last.size(), 7U);
        for (const auto& [key, where_to] : partitions)
            EXPECT_EQ(where_to.size(), 1U) << key;
        co_await close(member);
    };
    run(body());
}

// By key, each of these bursts would be in several partitions.
TEST_F(Producer, RecordsOfAMomentShareAPartitionOfAGatheredTopic) {
    const auto topic = make_topic(4);
    auto body = [&]() -> awaitable<void> {
        producer_settings how;
        how.gathered = {topic};
        producer out(io_.get_executor(), where(), how);
        std::set<std::int32_t> alone;  // partitions that had a whole burst
        while (alone.size() < 2) {
            std::vector<message> burst;
            for (int i = 0; i < 30; ++i) {
                auto one = text_message(topic, std::to_string(i));
                one.key = "key" + std::to_string(i);
                burst.push_back(std::move(one));
            }
            std::set<std::int32_t> used;
            const auto results = co_await out.produce_all(std::move(burst));
            for (const auto& one : results) {
                EXPECT_TRUE(one.ok) << one.name;
                used.insert(one.partition);
            }
            if (used.size() == 1) alone.insert(*used.begin());
        }
        auto given = text_message(topic, "there");
        given.partition = 3;
        const auto there = co_await out.produce(std::move(given));
        EXPECT_EQ(there.partition, 3);
    };
    run(body());
}

TEST_F(Producer, TombstonesEmptyTextsAndHeadersSurvive) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        producer out(io_.get_executor(), where());
        message tombstone;
        tombstone.topic = topic;
        tombstone.key = std::string("a\0b", 3);
        header first = {"trace", std::string("\x01\x00\xff", 3)};
        header second = {"trace", "again"};
        header blank = {"blank", ""};
        tombstone.headers = {first, second, blank};
        tombstone.partition = 0;
        const auto sent = co_await out.produce(std::move(tombstone));
        EXPECT_TRUE(sent.ok) << sent.name;
        EXPECT_EQ(sent.partition, 0);
        message keyless;
        keyless.topic = topic;
        keyless.payload = "";
        keyless.partition = 0;
        const auto after = co_await out.produce(std::move(keyless));
        EXPECT_EQ(after.offset, sent.offset + 1);

        auto member = join(group_of(topic));
        const auto got = co_await take(*member, 2, true);
        EXPECT_EQ(got[0].key, std::string("a\0b", 3));
        EXPECT_FALSE(got[0].payload.has_value());
        EXPECT_EQ(got[0].headers.size(), 3U);
        if (got[0].headers.size() == 3U) {
            EXPECT_EQ(got[0].headers[0].value, std::string("\x01\x00\xff", 3));
            EXPECT_EQ(*got[0].find_header("trace"), "again");
            EXPECT_EQ(*got[0].find_header("blank"), "");
        }
        EXPECT_EQ(got[0].find_header("none"), nullptr);
        EXPECT_FALSE(got[1].key.has_value());
        EXPECT_EQ(got[1].payload, "");
        const auto age = std::chrono::system_clock::now() - got[0].timestamp;
        EXPECT_LT(std::chrono::abs(age), 5min);
        co_await close(member);
    };
    run(body());
}

TEST_F(Producer, SaysThatAMessageIsTooLarge) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        producer_settings how;
        how.message_bytes_max = 10'000;
        producer out(io_.get_executor(), where(), how);
        std::vector<message> both;
        both.push_back(text_message(topic, std::string(20'000, 'x')));
        both.push_back(text_message(topic, "fits"));
        const auto results = co_await out.produce_all(std::move(both));
        EXPECT_FALSE(results[0].ok);
        EXPECT_TRUE(results[0].is_too_large) << results[0].name;
        EXPECT_FALSE(results[0].retriable);
        EXPECT_TRUE(results[1].ok) << results[1].name;
    };
    run(body());
}

TEST_F(Producer, GivesUpAtTheDeliveryTimeoutWhenNobodyAnswers) {
    auto body = [&]() -> awaitable<void> {
        auto nowhere = where();
        nowhere.bootstrap_servers = "127.0.0.1:1";
        producer_settings how;
        how.delivery_timeout = 300ms;
        producer out(io_.get_executor(), nowhere, how);
        const auto result = co_await out.produce(text_message("any", "x"));
        EXPECT_FALSE(result.ok);
        EXPECT_EQ(result.name, "_MSG_TIMED_OUT");
        EXPECT_TRUE(result.retriable);
        const bool empty = co_await out.flush(1s);
        EXPECT_TRUE(empty);
    };
    run(body());
}

TEST_F(Producer, WaitsBoundedForRoomAndThenRefuses) {
    auto body = [&]() -> awaitable<void> {
        auto nowhere = where();
        nowhere.bootstrap_servers = "127.0.0.1:1";
        producer_settings how;
        how.queue_messages = 2;
        how.queue_full_wait = 50ms;
        int full = 0;
        producer_callbacks tell;
        tell.on_queue_full = [&full] { ++full; };
        producer out(io_.get_executor(), nowhere, how, tell);
        task_group group(io_.get_executor(), nullptr);
        auto send_two = [&]() -> awaitable<void> {
            std::vector<message> two(2, text_message("any", "x"));
            const auto results = co_await out.produce_all(std::move(two));
            for (const auto& one : results)
                EXPECT_EQ(one.name, "_PURGE_QUEUE");
        };
        group.spawn(send_two());
        auto two_pend = [&] { return out.pending() == 2; };
        co_await eventually(two_pend, "two are pending");
        const auto third = co_await out.produce(text_message("any", "x"));
        EXPECT_EQ(third.name, "_QUEUE_FULL");
        EXPECT_TRUE(third.retriable);
        EXPECT_EQ(out.pending(), 2U);
        EXPECT_EQ(full, 1) << "the operator hears of it";
        EXPECT_EQ(out.counters().queue_full, 1U);
        const bool empty = co_await out.flush(10ms);
        EXPECT_FALSE(empty);
        out.purge();
        const bool purged = co_await out.flush(10s);
        EXPECT_TRUE(purged);
        co_await group.drain(10s);
    };
    run(body());
}

TEST_F(Producer, ItsEndAnswersThoseWhoStillWait) {
    auto body = [&]() -> awaitable<void> {
        auto nowhere = where();
        nowhere.bootstrap_servers = "127.0.0.1:1";
        auto out = std::make_unique<producer>(io_.get_executor(), nowhere);
        task_group group(io_.get_executor(), nullptr);
        bool aborted = false;
        auto send = [&]() -> awaitable<void> {
            try {
                co_await out->produce(text_message("any", "x"));
            } catch (const boost::system::system_error&) {
                aborted = true;
            }
        };
        group.spawn(send());
        auto one_pends = [&] { return out->pending() == 1; };
        co_await eventually(one_pends, "one is pending");
        out.reset();
        const bool clean = co_await group.drain(10s);
        EXPECT_TRUE(clean);
        EXPECT_TRUE(aborted);
    };
    run(body());
}

}  // namespace
}  // namespace pinwire::kafka
