#include "broker/embedded_broker.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace pinwire::broker {

topic parse_topic(const std::string& text) {
    const auto colon = text.rfind(':');
    topic parsed;
    parsed.name = text.substr(0, colon);
    if (parsed.name.empty()) throw std::invalid_argument(text + ": a topic needs a name");
    if (colon == std::string::npos) return parsed;
    const char* const first = text.data() + colon + 1;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, parsed.partitions);
    if (error != std::errc() || end != last || parsed.partitions < 1 || parsed.partitions > 1000) {
        throw std::invalid_argument(text + ": NAME:PARTITIONS, with 1 to 1000 partitions");
    }
    return parsed;
}

struct embedded_broker::impl {
    struct destroy_client {
        void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
    };
    struct destroy_cluster {
        void operator()(rd_kafka_mock_cluster_t* c) const { rd_kafka_mock_cluster_destroy(c); }
    };

    std::unique_ptr<rd_kafka_t, destroy_client> client;  // the mock needs one to live in
    std::unique_ptr<rd_kafka_mock_cluster_t, destroy_cluster> cluster;
    std::string bootstrap_servers;
};

embedded_broker::embedded_broker(int brokers, const std::vector<topic>& topics)
    : impl_(std::make_unique<impl>()) {
    std::array<char, 512> error = {};
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "client.id", "pinwire-broker", error.data(), error.size());
    impl_->client.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, error.data(), error.size()));
    if (!impl_->client) {
        rd_kafka_conf_destroy(conf);
        throw std::runtime_error(fmt::format("embedded broker: {}", error.data()));
    }
    impl_->cluster.reset(rd_kafka_mock_cluster_new(impl_->client.get(), brokers));
    if (!impl_->cluster) throw std::runtime_error("embedded broker: the cluster didn't start");
    for (const auto& one : topics) {
        const auto result = rd_kafka_mock_topic_create(
            impl_->cluster.get(), one.name.c_str(), one.partitions, std::min(brokers, 3)
        );
        if (result != RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw std::runtime_error(
                fmt::format("embedded broker: topic {}: {}", one.name, rd_kafka_err2str(result))
            );
        }
    }
    impl_->bootstrap_servers = rd_kafka_mock_cluster_bootstraps(impl_->cluster.get());
}

embedded_broker::~embedded_broker() = default;

const std::string& embedded_broker::bootstrap_servers() const noexcept {
    return impl_->bootstrap_servers;
}

}  // namespace pinwire::broker
