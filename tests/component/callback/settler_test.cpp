// What the settler can't settle, over a real Kafka and a real database.
#include "callback/settler.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "common/kafka/topic_reader.hpp"
#include "common/kafka/topics.hpp"
#include "common/upkeep/connections.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/migrated/migrated_database.hpp"

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;

class Settler : public testing::Test {
protected:
    Settler() {
        settings_.kafka.bootstrap_servers = pinwire::test::kafka_cluster::shared_bootstrap();
        settings_.kafka.topics.dlrs = make_topic("dlrs");
        settings_.kafka.topics.dlrs_dead = make_topic("dlrs.dead");
        settings_.kafka.callback_group = settings_.kafka.topics.dlrs;
    }

    kafka::settings where() const { return upkeep::kafka_settings_of(settings_); }

    std::string make_topic(const std::string& kind) const {
        kafka::topic_spec spec;
        const auto now = std::chrono::system_clock::now().time_since_epoch().count();
        spec.name =
            "test.settler." + kind + "." + std::to_string(::getpid()) + "." + std::to_string(now);
        spec.partitions = 1;
        kafka::create_topics(where(), {spec});
        return spec.name;
    }

    std::vector<kafka::record> letters() const {
        std::vector<kafka::offset_range> ranges;
        for (const auto& one : kafka::end_offsets(where(), settings_.kafka.topics.dlrs_dead))
            ranges.push_back({one.at, one.first, one.end});
        std::vector<kafka::record> made;
        kafka::read_ranges(where(), ranges, [&made](kafka::record one) {
            made.push_back(std::move(one));
        });
        return made;
    }

    void produce(kafka::producer& by, std::vector<kafka::header> headers) {
        kafka::message made;
        made.topic = settings_.kafka.topics.dlrs;
        made.payload = "no report";
        made.headers = std::move(headers);
        const auto result = on_.run(by.produce(std::move(made)));
        EXPECT_TRUE(result.ok) << result.name;
    }

    static key_ring one_key() {
        std::array<std::uint8_t, 32> bytes{};
        bytes.fill(1);
        return key_ring::parse(key_ring::make_line(key_id("k1"), bytes, true));
    }
    static awaitable<bool> running(settler& here) {
        co_await here.run();
        co_return true;
    }

    config::settings settings_;
    http::test::loop on_;
    key_ring keys_ = one_key();
    telemetry::metrics metrics_{"callback"};
    figures counts_{metrics_};
    std::unique_ptr<pinwire::test::test_database> database_ = pinwire::test::migrated_database();
    postgres::executor db_{pinwire::test::connection_to(*database_), "pg-test"};
};

TEST_F(Settler, AReplayedReportThatDiesAgainKeepsItsMark) {
    kafka::producer producer(on_.context.get_executor(), where());
    after_commit after;
    after.hand_over = [](std::vector<postgres::report_row>) {};
    after.committed = [] {};
    settler here(
        on_.context.get_executor(),
        settings_,
        keys_,
        producer,
        db_,
        epoch_id(std::array<std::uint8_t, 16>{1}),
        counts_,
        {},
        std::move(after)
    );
    produce(
        producer, {{"pinwire-replayed", "2"}, {"pinwire-replayed-from", "dead/0/7"}, {"x", "y"}}
    );
    const auto ended = on_.start(running(here));
    std::vector<kafka::record> found;
    const auto buried = [&] {
        if (on_.context.stopped()) on_.context.restart();
        on_.context.run_for(100ms);
        found = letters();
        return !found.empty();
    };
    EXPECT_TRUE(pinwire::test::eventually(buried, 60s, "a dead letter"));
    here.stop();
    on_.finish(ended);
    on_.run(here.close(10s));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(*found[0].find_header("x-reason"), "undecodable");
    ASSERT_NE(found[0].find_header("pinwire-replayed"), nullptr);
    EXPECT_EQ(*found[0].find_header("pinwire-replayed"), "2");
    EXPECT_EQ(*found[0].find_header("pinwire-replayed-from"), "dead/0/7");
    EXPECT_EQ(found[0].find_header("x"), nullptr);
}

}  // namespace
}  // namespace pinwire::callback
