#include "common/kafka/topics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "common/kafka/rdkafka_handles.hpp"

namespace pinwire::kafka {
namespace {

using metadata_handle =
    std::unique_ptr<const struct rd_kafka_metadata, destroyed_by<rd_kafka_metadata_destroy>>;
using new_topic_handle =
    std::unique_ptr<rd_kafka_NewTopic_t, destroyed_by<rd_kafka_NewTopic_destroy>>;
using resource_handle =
    std::unique_ptr<rd_kafka_ConfigResource_t, destroyed_by<rd_kafka_ConfigResource_destroy>>;
using options_handle =
    std::unique_ptr<rd_kafka_AdminOptions_t, destroyed_by<rd_kafka_AdminOptions_destroy>>;

constexpr std::array config_names = {
    "retention.ms",
    "cleanup.policy",
    "min.insync.replicas",
    "message.timestamp.type",
    "unclean.leader.election.enable"};

constexpr int controller_max_ms = 200;

client_handle admin_client(const settings& where) {
    auto conf = base_conf(where);
    set(conf.get(), "log_level", 0);
    apply_extra(conf.get(), where);
    return make_client(RD_KAFKA_PRODUCER, std::move(conf));
}

int milliseconds(std::chrono::milliseconds limit) {
    return static_cast<int>(std::clamp<std::int64_t>(limit.count(), 1, 3'600'000));
}

[[noreturn]] void unreachable(rd_kafka_resp_err_t code) {
    throw std::runtime_error(std::string("kafka: ") + rd_kafka_err2str(code));
}

// All topics: asking for one by name would create it where the broker does that.
metadata_handle metadata_of(rd_kafka_t* client, std::chrono::milliseconds limit) {
    const struct rd_kafka_metadata* found = nullptr;
    const auto result = rd_kafka_metadata(client, 1, nullptr, &found, milliseconds(limit));
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) unreachable(result);
    return metadata_handle(found);
}

const rd_kafka_metadata_topic_t* find_topic(
    const struct rd_kafka_metadata& all, const std::string& name
) {
    for (int i = 0; i < all.topic_cnt; ++i) {
        const auto& one = all.topics[i];
        if (name == one.topic && one.err == RD_KAFKA_RESP_ERR_NO_ERROR) return &one;
    }
    return nullptr;
}

options_handle options_for(
    rd_kafka_t* client, rd_kafka_admin_op_t op, std::chrono::milliseconds limit
) {
    options_handle options(rd_kafka_AdminOptions_new(client, op));
    std::array<char, 256> error = {};
    rd_kafka_AdminOptions_set_request_timeout(
        options.get(), milliseconds(limit), error.data(), error.size()
    );
    return options;
}

// A broker without an admin interface names no controller, or one that isn't in its cluster; an
// order to it would wait for that one until its time is over.
bool has_controller(rd_kafka_t* client, const struct rd_kafka_metadata& cluster) {
    const auto controller = rd_kafka_controllerid(client, controller_max_ms);
    for (int i = 0; i < cluster.broker_cnt; ++i) {
        if (cluster.brokers[i].id == controller) return true;
    }
    return false;
}

bool has_no_admin(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE ||
           code == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION;
}

new_topic_handle new_topic(const topic_spec& spec) {
    std::array<char, 256> error = {};
    new_topic_handle fresh(rd_kafka_NewTopic_new(
        spec.name.c_str(), spec.partitions, spec.replication, error.data(), error.size()
    ));
    if (!fresh) throw std::runtime_error(spec.name + ": " + error.data());
    for (const auto& [name, value] : spec.config) {
        rd_kafka_NewTopic_set_config(fresh.get(), name.c_str(), value.c_str());
    }
    return fresh;
}

create_result result_of(const rd_kafka_topic_result_t* from) {
    create_result one;
    one.name = rd_kafka_topic_result_name(from);
    const auto code = rd_kafka_topic_result_error(from);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        one.outcome = topic_created::created;
    } else if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        one.outcome = topic_created::existed;
    } else {
        const char* const text = rd_kafka_topic_result_error_string(from);
        one.error = text != nullptr ? text : rd_kafka_err2str(code);
    }
    return one;
}

std::vector<create_result> without_admin(const std::vector<topic_spec>& specs) {
    std::vector<create_result> results;
    for (const auto& spec : specs) {
        create_result one;
        one.name = spec.name;
        one.outcome = topic_created::unavailable;
        one.error = "the broker has no admin interface";
        results.push_back(std::move(one));
    }
    return results;
}

std::vector<create_result> results_of(
    rd_kafka_event_t* event, const std::vector<topic_spec>& specs
) {
    const auto code = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    std::vector<create_result> results;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (const auto& spec : specs) {
            create_result one;
            one.name = spec.name;
            one.outcome = has_no_admin(code) ? topic_created::unavailable : topic_created::failed;
            one.error = event == nullptr ? "no answer in time" : rd_kafka_event_error_string(event);
            results.push_back(std::move(one));
        }
        return results;
    }
    std::size_t count = 0;
    const auto* const answer = rd_kafka_event_CreateTopics_result(event);
    const auto** const topics = rd_kafka_CreateTopics_result_topics(answer, &count);
    for (std::size_t i = 0; i < count; ++i)
        results.push_back(result_of(topics[i]));
    return results;
}

bool shows_created(
    const struct rd_kafka_metadata& cluster, const std::vector<create_result>& made
) {
    return std::all_of(made.begin(), made.end(), [&](const create_result& one) {
        return one.outcome != topic_created::created || find_topic(cluster, one.name) != nullptr;
    });
}

// The controller answers before the brokers have read of the topic: whoever asks one at once may
// still be told that there is none.
void await_created(
    rd_kafka_t* client, const std::vector<create_result>& made, std::chrono::milliseconds limit
) {
    constexpr std::chrono::milliseconds pause(20);
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!shows_created(*metadata_of(client, limit), made)) {
        if (std::chrono::steady_clock::now() >= until) return;
        std::this_thread::sleep_for(pause);
    }
}

void read_config(const rd_kafka_ConfigResource_t* from, topic_description& to) {
    std::size_t count = 0;
    const auto** const entries = rd_kafka_ConfigResource_configs(from, &count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string name = rd_kafka_ConfigEntry_name(entries[i]);
        const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
        const bool wanted =
            std::find(config_names.begin(), config_names.end(), name) != config_names.end();
        if (wanted && value != nullptr) to.config[name] = value;
    }
}

void describe_configs(
    rd_kafka_t* client, std::vector<topic_description>& topics, std::chrono::milliseconds limit
) {
    std::vector<resource_handle> owners;
    std::vector<rd_kafka_ConfigResource_t*> resources;
    for (const auto& one : topics) {
        if (!one.exists) continue;
        owners.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, one.name.c_str()));
        resources.push_back(owners.back().get());
    }
    if (resources.empty()) return;
    const auto options = options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, limit);
    const queue_handle queue(rd_kafka_queue_new(client));
    rd_kafka_DescribeConfigs(
        client, resources.data(), resources.size(), options.get(), queue.get()
    );
    const event_handle event(rd_kafka_queue_poll(queue.get(), milliseconds(limit)));
    if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const auto* const answer = rd_kafka_event_DescribeConfigs_result(event.get());
    std::size_t count = 0;
    const auto** const found = rd_kafka_DescribeConfigs_result_resources(answer, &count);
    for (std::size_t i = 0; i < count; ++i) {
        if (rd_kafka_ConfigResource_error(found[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        for (auto& one : topics) {
            if (one.name != rd_kafka_ConfigResource_name(found[i])) continue;
            one.config_available = true;
            read_config(found[i], one);
        }
    }
}

partitions_handle offsets_at(
    rd_kafka_t* client,
    const std::string& topic,
    int partitions,
    std::int64_t which,
    std::chrono::milliseconds limit
) {
    partitions_handle list(rd_kafka_topic_partition_list_new(partitions));
    for (int i = 0; i < partitions; ++i) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = which;
    }
    const auto result = rd_kafka_offsets_for_times(client, list.get(), milliseconds(limit));
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) unreachable(result);
    for (int i = 0; i < list->cnt; ++i) {
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) unreachable(list->elems[i].err);
    }
    return list;
}

}  // namespace

std::vector<create_result> create_topics(
    const settings& where, const std::vector<topic_spec>& specs, std::chrono::milliseconds limit
) {
    if (specs.empty()) return {};
    const auto client = admin_client(where);
    const auto metadata = metadata_of(client.get(), limit);
    if (!has_controller(client.get(), *metadata)) return without_admin(specs);
    std::vector<new_topic_handle> owners;
    std::vector<rd_kafka_NewTopic_t*> topics;
    for (const auto& spec : specs) {
        owners.push_back(new_topic(spec));
        topics.push_back(owners.back().get());
    }
    const auto options = options_for(client.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, limit);
    const queue_handle queue(rd_kafka_queue_new(client.get()));
    rd_kafka_CreateTopics(client.get(), topics.data(), topics.size(), options.get(), queue.get());
    const event_handle event(rd_kafka_queue_poll(queue.get(), milliseconds(limit) + 1'000));
    auto results = results_of(event.get(), specs);
    await_created(client.get(), results, limit);
    return results;
}

std::vector<topic_description> describe_topics(
    const settings& where, const std::vector<std::string>& names, std::chrono::milliseconds limit
) {
    const auto client = admin_client(where);
    const auto metadata = metadata_of(client.get(), limit);
    std::vector<topic_description> topics;
    for (const auto& name : names) {
        topic_description one;
        one.name = name;
        if (const auto* found = find_topic(*metadata, name)) {
            one.exists = true;
            one.partitions = found->partition_cnt;
            one.replication = found->partition_cnt > 0 ? found->partitions[0].replica_cnt : 0;
        }
        topics.push_back(std::move(one));
    }
    describe_configs(client.get(), topics, limit);
    return topics;
}

std::vector<partition_offsets> end_offsets(
    const settings& where, const std::string& topic, std::chrono::milliseconds limit
) {
    const auto client = admin_client(where);
    const auto metadata = metadata_of(client.get(), limit);
    const auto* const found = find_topic(*metadata, topic);
    if (found == nullptr) return {};
    const int count = found->partition_cnt;
    const auto first = offsets_at(client.get(), topic, count, RD_KAFKA_OFFSET_BEGINNING, limit);
    const auto end = offsets_at(client.get(), topic, count, RD_KAFKA_OFFSET_END, limit);
    std::vector<partition_offsets> all;
    for (int i = 0; i < count; ++i) {
        partition_offsets one;
        one.at.topic = topic;
        one.at.partition = i;
        one.first = first->elems[i].offset;
        one.end = end->elems[i].offset;
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace pinwire::kafka
