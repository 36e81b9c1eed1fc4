#include "tests/support/mock_kafka.hpp"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace pinwire::test {
namespace {

struct destroy {
    void operator()(rd_kafka_t* one) const { rd_kafka_destroy(one); }
    void operator()(rd_kafka_mock_cluster_t* one) const { rd_kafka_mock_cluster_destroy(one); }
};

void check(rd_kafka_resp_err_t error, const std::string& what) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        throw std::runtime_error(what + ": " + rd_kafka_err2str(error));
}

}  // namespace

struct mock_kafka::impl {
    int brokers = 0;
    std::unique_ptr<rd_kafka_t, destroy> client;  // the cluster needs one to live in
    std::unique_ptr<rd_kafka_mock_cluster_t, destroy> cluster;
};

mock_kafka::mock_kafka(int brokers) : impl_(std::make_unique<impl>()) {
    std::array<char, 512> error = {};
    impl_->brokers = brokers;
    auto* conf = rd_kafka_conf_new();
    impl_->client.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, error.data(), error.size()));
    if (!impl_->client) {
        rd_kafka_conf_destroy(conf);
        throw std::runtime_error(error.data());
    }
    impl_->cluster.reset(rd_kafka_mock_cluster_new(impl_->client.get(), brokers));
    if (!impl_->cluster) throw std::runtime_error("the mock cluster didn't start");
}

mock_kafka::~mock_kafka() = default;

std::string mock_kafka::bootstrap() const {
    return rd_kafka_mock_cluster_bootstraps(impl_->cluster.get());
}

void mock_kafka::make_topic(const std::string& name, int partitions) {
    check(
        rd_kafka_mock_topic_create(impl_->cluster.get(), name.c_str(), partitions, impl_->brokers),
        "making " + name
    );
}

void mock_kafka::move_coordinator(const std::string& group, int broker) {
    check(
        rd_kafka_mock_coordinator_set(impl_->cluster.get(), "group", group.c_str(), broker),
        "moving the coordinator of " + group
    );
}

void mock_kafka::keep_joining(int times) {
    constexpr std::int16_t sync_group = 14;  // the key of its API in Kafka's protocol guide
    const std::vector<rd_kafka_resp_err_t> answers(
        static_cast<std::size_t>(times), RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS
    );
    rd_kafka_mock_push_request_errors_array(
        impl_->cluster.get(), sync_group, answers.size(), answers.data()
    );
}

}  // namespace pinwire::test
