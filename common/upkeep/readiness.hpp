// What every service looks after for /readyz: its topics are there, the schema is, the database
// hears its heartbeat and agrees on the time. Services never make topics or schemas: what is
// missing is named with the command that makes it. Loop thread only.
#pragma once

#include <string>
#include <vector>

#include "common/config/settings.hpp"
#include "common/postgres/executor.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/blocking_thread.hpp"
#include "common/telemetry/health.hpp"
#include "common/upkeep/heartbeat.hpp"

namespace pinwire::upkeep {

class readiness {
public:
    struct scopes {
        std::string topics;    // readiness name of the Kafka checks
        std::string database;  // of the schema, heartbeat and clock checks
    };

    readiness(
        const config::settings&,
        std::vector<std::string> topics,
        postgres::executor&,
        const heartbeat&,
        telemetry::health&,
        scopes
    );
    ~readiness();

    awaitable<void> run();  // until cancelled; looks each second until all is well, then each ten
    void stop();

private:
    awaitable<bool> look_at_topics();
    awaitable<bool> look_at_database();

    const config::settings& settings_;
    std::vector<std::string> topics_;
    postgres::executor& database_;
    const heartbeat& heartbeat_;
    blocking_thread kafka_thread_;
    telemetry::health::check topics_check_;
    telemetry::health::check schema_check_;
    telemetry::health::check heartbeat_check_;
    telemetry::health::check clock_check_;
};

}  // namespace pinwire::upkeep
