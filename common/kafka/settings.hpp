// How a Kafka client finds the brokers and proves who it is; shared by consumer, producer and the
// topic functions. A plain value: checked by common/config, not here.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/core/secret.hpp"

namespace pinwire::kafka {

struct settings {
    std::string bootstrap_servers;  // host:port[,host:port]
    std::string client_id = "pinwire";
    std::string security_protocol = "plaintext";  // plaintext, ssl, sasl_plaintext, sasl_ssl
    std::string sasl_mechanism;                   // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
    std::string sasl_username;
    secret password;
    std::string ca_file, cert_file, key_file;                // PEM; empty: the system's / none
    std::vector<std::pair<std::string, std::string>> extra;  // librdkafka's own names; they win
};

}  // namespace pinwire::kafka
