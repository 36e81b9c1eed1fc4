#include "common/kafka/rdkafka_handles.hpp"

#include <array>
#include <stdexcept>

namespace pinwire::kafka {
namespace {

void set_if(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    if (!value.empty()) set(conf, name, value);
}

}  // namespace

void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    std::array<char, 512> error = {};
    const auto result =
        rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error.data(), error.size());
    if (result == RD_KAFKA_CONF_OK) return;
    const char* const why =
        result == RD_KAFKA_CONF_UNKNOWN ? ": there is no such setting" : ": value not allowed";
    throw std::runtime_error("kafka setting " + name + why);
}

void set(rd_kafka_conf_t* conf, const std::string& name, std::chrono::milliseconds value) {
    set(conf, name, std::to_string(value.count()));
}

void set(rd_kafka_conf_t* conf, const std::string& name, int value) {
    set(conf, name, std::to_string(value));
}

conf_handle base_conf(const settings& from) {
    conf_handle conf(rd_kafka_conf_new());
    auto* c = conf.get();
    set(c, "bootstrap.servers", from.bootstrap_servers);
    set(c, "client.id", from.client_id);
    set(c, "security.protocol", from.security_protocol);
    set_if(c, "sasl.mechanism", from.sasl_mechanism);
    set_if(c, "sasl.username", from.sasl_username);
    set_if(c, "sasl.password", std::string(from.password.reveal()));
    set_if(c, "ssl.ca.location", from.ca_file);
    set_if(c, "ssl.certificate.location", from.cert_file);
    set_if(c, "ssl.key.location", from.key_file);
    set(c, "socket.nagle.disable", "true");
    set(c, "socket.keepalive.enable", "true");
    set(c, "reconnect.backoff.ms", 50);
    set(c, "reconnect.backoff.max.ms", 1'000);  // a broker that is back is found within a second
    set(c, "log.connection.close", "false");
    set(c, "log.queue", "true");  // our thread, our log format
    return conf;
}

void apply_extra(rd_kafka_conf_t* conf, const settings& from) {
    for (const auto& [name, value] : from.extra)
        set(conf, name, value);
}

client_handle make_client(rd_kafka_type_t type, conf_handle conf) {
    std::array<char, 512> error = {};
    client_handle client(rd_kafka_new(type, conf.get(), error.data(), error.size()));
    if (!client) throw std::runtime_error(std::string("kafka client: ") + error.data());
    static_cast<void>(conf.release());  // the client's now
    return client;
}

std::string fatal_text(rd_kafka_t* client) {
    std::array<char, 512> text = {};
    const auto code = rd_kafka_fatal_error(client, text.data(), text.size());
    return std::string(rd_kafka_err2name(code)) + ": " + text.data();
}

}  // namespace pinwire::kafka
