#include "common/kafka/partition_of_the_moment.hpp"

#include <chrono>
#include <random>
#include <stdexcept>

namespace pinwire::kafka {
namespace {

constexpr std::chrono::milliseconds moment{5};

// SplitMix64's last step: neighbours in time are far apart.
std::uint64_t scatter(std::uint64_t from) {
    from = (from ^ (from >> 30U)) * 0xbf58476d1ce4e5b9U;
    from = (from ^ (from >> 27U)) * 0x94d049bb133111ebU;
    return from ^ (from >> 31U);
}

// As librdkafka asks: for a topic, a key, the number of partitions, the topic's and the message's
// pointer.
std::int32_t partition_of_the_moment(
    const rd_kafka_topic_t* topic,
    const void* /*key*/,
    std::size_t /*key's size*/,
    std::int32_t count,
    void* seed,
    void* /*message's*/
) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto which = static_cast<std::uint64_t>(now / moment);
    const auto partitions = static_cast<std::uint64_t>(count);
    const auto first = scatter(which + *static_cast<const std::uint64_t*>(seed)) % partitions;
    for (std::uint64_t i = 0; i < partitions; ++i) {
        const auto one = static_cast<std::int32_t>((first + i) % partitions);
        if (rd_kafka_topic_partition_available(topic, one) != 0) return one;
    }
    return static_cast<std::int32_t>(first);
}

std::uint64_t random_seed() {
    std::random_device from;
    return (static_cast<std::uint64_t>(from()) << 32U) | from();
}

}  // namespace

gathered_topics::gathered_topics(rd_kafka_t* client, const std::vector<std::string>& names)
    : client_(client), seed_(std::make_unique<const std::uint64_t>(random_seed())) {
    for (const auto& name : names) {
        topic one;
        one.name = name;
        topics_.push_back(std::move(one));
    }
}

void gathered_topics::before_produce(const std::string& name) {
    for (auto& one : topics_) {
        if (one.handle || one.name != name) continue;
        auto* const how = rd_kafka_default_topic_conf_dup(client_);
        rd_kafka_topic_conf_set_partitioner_cb(how, partition_of_the_moment);
        rd_kafka_topic_conf_set_opaque(how, const_cast<std::uint64_t*>(seed_.get()));
        one.handle.reset(rd_kafka_topic_new(client_, name.c_str(), how));
        if (!one.handle) {
            const auto* why = rd_kafka_err2str(rd_kafka_last_error());
            throw std::runtime_error("Kafka topic " + name + ": " + why);
        }
    }
}

void gathered_topics::release() {
    topics_.clear();
}

}  // namespace pinwire::kafka
