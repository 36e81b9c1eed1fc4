// What commits left, on its way to a real Kafka that doesn't take it: no more rows than the bound
// are in Kafka's hands, the table keeps the others, and all are announced in the end.
#include "common/upkeep/announcer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>

#include "common/kafka/topics.hpp"
#include "common/runtime/random.hpp"
#include "common/telemetry/log.hpp"
#include "tests/support/migrated/migrated_database.hpp"

namespace pinwire::upkeep {
namespace {

using namespace std::chrono_literals;

constexpr int busy_max = 256;  // common/upkeep/announcer.cpp

kafka::settings kafka_of_tests() {
    const char* const named = std::getenv("PINWIRE_TEST_KAFKA");
    if (named == nullptr || *named == '\0')
        throw std::runtime_error("PINWIRE_TEST_KAFKA is not set (scripts/test starts one)");
    kafka::settings made;
    made.bootstrap_servers = named;
    made.client_id = "pinwire-test";
    return made;
}

class AnnouncerToKafka : public testing::Test {
protected:
    AnnouncerToKafka() {
        telemetry::log_options how;
        how.sink = [this](std::string_view line) { said_.append(line).append("\n"); };
        telemetry::open_log(how);
    }
    ~AnnouncerToKafka() override {
        announcer_.stop();
        producer_.purge();
        bool ended = false;
        boost::asio::co_spawn(io_, tasks_.drain(5s), [&ended](const std::exception_ptr&, bool) {
            ended = true;
        });
        until([&ended] { return ended; });
        telemetry::open_log({});
    }

    // Records for a topic that isn't there wait for it.
    void make_topic() {
        kafka::topic_spec spec;
        spec.name = topic_;
        spec.partitions = 1;
        const std::vector<kafka::topic_spec> specs = {spec};
        const auto made = kafka::create_topics(kafka_, specs);
        ASSERT_EQ(made.at(0).outcome, kafka::topic_created::created) << made.at(0).error;
    }
    void commits(int count) {
        look_.query(
            "insert into outbox (owner, events) select $1::uuid,"
            " '[{\"key\":\"k\",\"event\":{}}]' from generate_series(1, $2::integer)",
            {epoch_.hex(), std::to_string(count)}
        );
        announcer_.notify();
    }
    int in_outbox() { return look_.query("select count(*)::integer from outbox").one().int32(0); }
    // Turns of the loop until it is so, and the bound is kept in each; fails the test when that
    // takes too long.
    template <class Condition>
    void until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 60s;
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), end);
            io_.run_for(5ms);
            io_.restart();
            EXPECT_LE(under_way_.value(), busy_max);
        }
    }

    const std::unique_ptr<pinwire::test::test_database> database_ =
        pinwire::test::migrated_database();
    boost::asio::io_context io_{1};
    const kafka::settings kafka_ = kafka_of_tests();
    const std::string topic_ =
        "test.announcer." + std::to_string(::getpid()) + "." +
        std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
    const epoch_id epoch_ =
        epoch_id::time_ordered(std::chrono::system_clock::now(), random_bytes<10>());
    std::string said_;
    postgres::session look_{pinwire::test::connection_to(*database_)};
    postgres::executor db_{pinwire::test::connection_to(*database_), "pg-test"};
    telemetry::metrics metrics_{"test"};
    telemetry::gauge under_way_ = metrics_.make_gauge(
        "pinwire_outbox_under_way", "Outbox rows handed to Kafka and not acknowledged"
    );
    telemetry::counter published_ =
        metrics_.make_counter("pinwire_events_total", "Events acknowledged by Kafka");
    kafka::producer producer_{io_.get_executor(), kafka_};
    announcer announcer_{io_.get_executor(), db_, producer_, topic_, epoch_, metrics_};
    task_group tasks_{io_.get_executor(), nullptr};
};

// Some are under way already, so that its looks, of 64 rows, don't just end at the bound.
TEST_F(AnnouncerToKafka, HandsOverNoMoreRowsThanItsBoundAndAllInTheEnd) {
    constexpr int first = 10;
    constexpr int more = 900;
    tasks_.spawn(announcer_.run(tasks_), "announcer");
    commits(first);
    until([this] { return under_way_.value() == first; });
    commits(more);
    until([this] { return said_.find("events_wait") != std::string::npos; });
    EXPECT_EQ(under_way_.value(), busy_max);
    EXPECT_EQ(in_outbox(), first + more);
    EXPECT_EQ(published_.value(), 0);
    make_topic();
    until([this] { return in_outbox() == 0; });
    EXPECT_GE(published_.value(), first + more);
    until([this] { return under_way_.value() == 0; });
}

}  // namespace
}  // namespace pinwire::upkeep
