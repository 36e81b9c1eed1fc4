// The configuration's words for Kafka and Postgres, in the adapters' words.
#pragma once

#include <string>

#include "common/config/settings.hpp"
#include "common/kafka/consumer.hpp"
#include "common/kafka/settings.hpp"
#include "common/postgres/connection_settings.hpp"

namespace pinwire::upkeep {

kafka::settings kafka_settings_of(const config::settings&);
kafka::consumer_settings consumer_settings_of(
    const config::settings&, const std::string& group, const std::string& topic
);
// `role`: what the session is for; shown by pg_stat_activity as pinwire-PROGRAM-ROLE.
postgres::connection_settings postgres_settings_of(
    const config::settings&, const std::string& role
);

}  // namespace pinwire::upkeep
