#include "common/upkeep/readiness.hpp"

#include <fmt/format.h>

#include "common/core/limits.hpp"
#include "common/kafka/topics.hpp"
#include "common/postgres/migrate.hpp"
#include "common/runtime/deadline.hpp"
#include "common/upkeep/connections.hpp"
#include "common/upkeep/topic_doubts.hpp"

namespace pinwire::upkeep {
namespace {

constexpr int schema_needed = 42;  // sql/042_more_mends.sql

}  // namespace

readiness::readiness(
    const config::settings& settings,
    std::vector<std::string> topics,
    postgres::executor& database,
    const heartbeat& alive,
    telemetry::health& health,
    scopes where
)
    : settings_(settings),
      topics_(std::move(topics)),
      database_(database),
      heartbeat_(alive),
      kafka_thread_("kafka-topics"),
      topics_check_(health.add(where.topics, "topics", "not looked at yet")),
      schema_check_(health.add(where.database, "schema", "not looked at yet")),
      heartbeat_check_(health.add(where.database, "heartbeat", "no beat committed yet")),
      clock_check_(health.add(where.database, "clock", "not compared yet")) {}

readiness::~readiness() = default;

void readiness::stop() {
    kafka_thread_.stop();
}

awaitable<void> readiness::run() {
    for (;;) {
        const bool topics = co_await look_at_topics();
        const bool database = co_await look_at_database();
        const bool well = topics && database;
        co_await sleep_for(well ? std::chrono::seconds(10) : std::chrono::seconds(1));
    }
}

awaitable<bool> readiness::look_at_topics() {
    auto ask = [kafka = kafka_settings_of(settings_), names = topics_] {
        return kafka::describe_topics(kafka, names, std::chrono::seconds(5));
    };
    try {
        const auto found = co_await run_on(kafka_thread_, std::move(ask));
        std::string missing;
        std::string doubts;
        for (const auto& topic : found) {
            if (!topic.exists) missing += " " + topic.name;
            if (topic.exists) doubts += doubts_of(topic);
        }
        if (!missing.empty()) {
            topics_check_.fail(fmt::format("missing:{}; run `pinwire topics create`", missing));
            co_return false;
        }
        if (settings_.kafka.embedded) {
            topics_check_.pass("the embedded broker: its settings are not checked");
        } else if (!doubts.empty()) {
            topics_check_.warn("what a failover loses is lost to the promises:" + doubts);
        } else {
            topics_check_.pass();
        }
        co_return true;
    } catch (const std::runtime_error& error) {
        topics_check_.fail(fmt::format(
            "Kafka at {} does not answer: {}; it is waited for",
            settings_.kafka.bootstrap_servers,
            error.what()
        ));
    }
    co_return false;
}

awaitable<bool> readiness::look_at_database() {
    auto ask = [](postgres::session& db) { return postgres::schema_version(db); };
    bool well = true;
    try {
        const int version = co_await database_.run(std::move(ask));
        well = version >= schema_needed;
        if (well) {
            schema_check_.pass();
        } else {
            schema_check_.fail(fmt::format(
                "the schema is at {}, {} is needed; run `pinwire migrate`", version, schema_needed
            ));
        }
    } catch (const postgres::database_error& error) {
        well = false;
        schema_check_.fail(
            fmt::format("PostgreSQL does not answer: {}; it is waited for", error.what())
        );
    }
    if (heartbeat_.alive()) {
        heartbeat_check_.pass();
    } else {
        well = false;
        heartbeat_check_.fail("no heartbeat was committed lately; nothing is sent until one is");
    }
    const auto ahead = heartbeat::clock_ahead();
    if (std::chrono::abs(ahead) <= limits::clock_skew_max) {
        clock_check_.pass();
    } else {
        well = false;
        clock_check_.fail(fmt::format(
            "this machine's clock is {} ms off the database's; check NTP on both", ahead.count()
        ));
    }
    co_return well;
}

}  // namespace pinwire::upkeep
