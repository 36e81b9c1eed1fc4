#include "common/upkeep/connections.hpp"

namespace pinwire::upkeep {

kafka::settings kafka_settings_of(const config::settings& from) {
    kafka::settings made;
    made.bootstrap_servers = from.kafka.bootstrap_servers;
    made.client_id = from.kafka.client_id;
    made.security_protocol = from.kafka.security_protocol;
    made.sasl_mechanism = from.kafka.sasl_mechanism;
    made.sasl_username = from.kafka.sasl_username;
    made.password = from.kafka.sasl_password.value;
    made.ca_file = from.kafka.ca_file.string();
    made.cert_file = from.kafka.cert_file.string();
    made.key_file = from.kafka.key.path.string();
    return made;
}

kafka::consumer_settings consumer_settings_of(
    const config::settings& from, const std::string& group, const std::string& topic
) {
    kafka::consumer_settings made;
    made.group = group;
    made.topics = {topic};
    made.prefetch_messages = from.kafka.prefetch_messages;
    made.session_timeout = from.kafka.session_timeout;
    return made;
}

postgres::connection_settings postgres_settings_of(
    const config::settings& from, const std::string& role
) {
    postgres::connection_settings made;
    made.conninfo = from.postgres.conninfo;
    made.password = from.postgres.password.value;
    made.statement_timeout = from.postgres.statement_timeout;
    made.lock_timeout = from.postgres.lock_timeout;
    made.idle_in_transaction_timeout = from.postgres.idle_in_transaction_timeout;
    made.tcp_user_timeout = from.postgres.tcp_user_timeout;
    made.application_name = "pinwire-" + role;
    return made;
}

}  // namespace pinwire::upkeep
