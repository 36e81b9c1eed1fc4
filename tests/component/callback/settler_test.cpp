// What the settler can't settle, over a real Kafka and a real database.
#include "callback/settler.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>

#include "common/kafka/topic_reader.hpp"
#include "common/kafka/topics.hpp"
#include "common/runtime/task_group.hpp"
#include "common/telemetry/log.hpp"
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

    std::string make_topic(const std::string& kind, std::map<std::string, std::string> config = {})
        const {
        kafka::topic_spec spec;
        const auto now = std::chrono::system_clock::now().time_since_epoch().count();
        spec.name =
            "test.settler." + kind + "." + std::to_string(::getpid()) + "." + std::to_string(now);
        spec.config = std::move(config);
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

    void produce(
        kafka::producer& by, std::string payload, std::vector<kafka::header> headers = {}
    ) {
        kafka::message made;
        made.topic = settings_.kafka.topics.dlrs;
        made.payload = std::move(payload);
        made.headers = std::move(headers);
        const auto result = on_.run(by.produce(std::move(made)));
        EXPECT_TRUE(result.ok) << result.name;
    }

    static key_ring one_key() {
        std::array<std::uint8_t, 32> bytes{};
        bytes.fill(1);
        return key_ring::parse(key_ring::make_line(key_id("k1"), bytes, true));
    }
    std::unique_ptr<settler> make(kafka::producer& producer, postgres::executor& database) {
        after_commit after;
        after.hand_over = [](std::vector<postgres::report_row>) {};
        after.committed = [] {};
        return std::make_unique<settler>(
            on_.context.get_executor(),
            settings_,
            keys_,
            producer,
            database,
            epoch_id(std::array<std::uint8_t, 16>{1}),
            counts_,
            kafka::consumer_callbacks(),
            std::move(after)
        );
    }
    // Lets the loop run until it is so.
    void until(const std::function<bool()>& met, std::string_view what) {
        const auto looked = [&] {
            if (on_.context.stopped()) on_.context.restart();
            on_.context.run_for(100ms);
            return met();
        };
        EXPECT_TRUE(pinwire::test::eventually(looked, 60s, what));
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
    const auto here = make(producer, db_);
    produce(
        producer,
        "no report",
        {{"pinwire-replayed", "2"}, {"pinwire-replayed-from", "dead/0/7"}, {"x", "y"}}
    );
    const auto ended = on_.start(running(*here));
    std::vector<kafka::record> found;
    const auto buried = [&] {
        found = letters();
        return !found.empty();
    };
    until(buried, "a dead letter");
    here->stop();
    on_.finish(ended);
    on_.run(here->close(10s));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(*found[0].find_header("x-reason"), "undecodable");
    ASSERT_NE(found[0].find_header("pinwire-replayed"), nullptr);
    EXPECT_EQ(*found[0].find_header("pinwire-replayed"), "2");
    EXPECT_EQ(*found[0].find_header("pinwire-replayed-from"), "dead/0/7");
    EXPECT_EQ(found[0].find_header("x"), nullptr);
}

TEST_F(Settler, KeepsTheBeginningOfWhatIsTooLargeToBeBuried) {
    kafka::producer producer(on_.context.get_executor(), where());
    const auto here = make(producer, db_);
    const std::string body(900'000, 'x');
    produce(producer, body);
    const auto ended = on_.start(running(*here));
    std::vector<kafka::record> found;
    const auto settled = [&] {
        found = letters();
        return !found.empty();
    };
    until(settled, "a dead letter");
    here->stop();
    on_.finish(ended);
    on_.run(here->close(10s));
    ASSERT_EQ(found.size(), 1U);
    const auto kept = keys_.unseal(found[0].payload.value_or(""), "dlr:settle");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->reveal(), body.substr(0, 16 * 1024));
    ASSERT_NE(found[0].find_header("x-bytes"), nullptr);
    EXPECT_EQ(*found[0].find_header("x-bytes"), "900000");
}

// All partitions stand still meanwhile: whoever looks must be told why.
TEST_F(Settler, SaysThatItsDeadLettersArentTaken) {
    settings_.kafka.topics.dlrs_dead = make_topic("strict", {{"min.insync.replicas", "2"}});
    kafka::producer producer(on_.context.get_executor(), where());
    kafka::producer_settings how;
    how.delivery_timeout = 500ms;
    kafka::producer impatient(on_.context.get_executor(), where(), how);
    const auto here = make(impatient, db_);
    std::string log;
    telemetry::log_options options;
    options.sink = [&log](std::string_view line) { log += std::string(line) + '\n'; };
    telemetry::open_log(options);
    produce(producer, "no report");
    task_group tasks(on_.context.get_executor(), {});
    tasks.spawn(here->run(), "settler");
    const auto said = [&log] { return log.find("dead_letter_not_taken") != std::string::npos; };
    until(said, "a line in the log");
    on_.run(tasks.drain(0ms));
    telemetry::open_log({});
    EXPECT_NE(log.find("topic=" + settings_.kafka.topics.dlrs_dead), std::string::npos) << log;
    here->stop();
    on_.run(here->close(10s));
}

// A port of loopback at which every connection ends as soon as it is made: a database that is away.
class closing_door {
public:
    explicit closing_door(boost::asio::io_context& on)
        : acceptor_(on, {boost::asio::ip::address_v4::loopback(), 0}) {
        acceptor_.non_blocking(true);
    }
    postgres::connection_settings leads_here() const {
        postgres::connection_settings made;
        made.conninfo = "host=127.0.0.1 port=" + std::to_string(acceptor_.local_endpoint().port());
        return made;
    }
    bool knocked() {
        boost::system::error_code none;
        acceptor_.accept(none);  // and closed
        return !none;
    }

private:
    boost::asio::ip::tcp::acceptor acceptor_;
};

// A process that is told to stop, or to take new settings, must not end as one that failed.
TEST_F(Settler, EndsQuietlyWhenItsStoppedWhileTheDatabaseIsAway) {
    kafka::producer producer(on_.context.get_executor(), where());
    closing_door door(on_.context);
    postgres::executor away(door.leads_here(), "pg-away");
    const auto here = make(producer, away);
    dlr report;
    report.carrier = carrier_name("kannel");
    report.carrier_message_id = "7";
    report.status = dlr_status::delivrd;
    report.intake_at = std::chrono::system_clock::now();
    produce(producer, encode_dlr(report));
    const auto ended = on_.start(running(*here));
    until([&] { return door.knocked(); }, "a try at the database");
    here->stop();
    away.stop();
    const auto is_done = [&] {
        door.knocked();
        return ended->done;
    };
    until(is_done, "an end");
    EXPECT_NO_THROW(on_.finish(ended));
    on_.run(here->close(10s));
}

}  // namespace
}  // namespace pinwire::callback
