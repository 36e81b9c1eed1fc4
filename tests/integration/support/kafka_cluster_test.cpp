#include "tests/support/kafka_cluster.hpp"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using handle = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

handle producer(const std::string& bootstrap) {
    char why[256];
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), why, sizeof(why));
    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof(why));
    return {rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why)), &rd_kafka_destroy};
}

// The id of the cluster that answers, empty if none does.
std::string cluster_id(rd_kafka_t* client) {
    char* id = rd_kafka_clusterid(client, 500);
    std::string result = id == nullptr ? "" : id;
    if (id != nullptr) rd_kafka_mem_free(client, id);
    return result;
}

TEST(KafkaCluster, TheSharedOneAnswers) {
    const auto client = producer(kafka_cluster::shared_bootstrap());
    const auto answers = [&] { return !cluster_id(client.get()).empty(); };
    EXPECT_TRUE(eventually(answers, 10s, "the shared broker answers"));
}

TEST(KafkaCluster, APrivateOneComesBackOnTheSamePortWithItsData) {
    kafka_cluster cluster;
    const auto bootstrap = cluster.bootstrap();
    std::string before;
    {
        const auto client = producer(bootstrap);
        const auto answers = [&] { return !(before = cluster_id(client.get())).empty(); };
        EXPECT_TRUE(eventually(answers, 10s, "it answers"));
    }
    cluster.kill9();
    {
        const auto client = producer(bootstrap);
        EXPECT_EQ(cluster_id(client.get()), "");
    }
    cluster.start();
    EXPECT_EQ(cluster.bootstrap(), bootstrap);
    const auto client = producer(bootstrap);
    const auto same = [&] { return cluster_id(client.get()) == before; };
    EXPECT_TRUE(eventually(same, 10s, "it answers with the same cluster id"));
    cluster.stop();
}

}  // namespace
}  // namespace pinwire::test
