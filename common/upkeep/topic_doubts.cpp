#include "common/upkeep/topic_doubts.hpp"

#include <fmt/format.h>

namespace pinwire::upkeep {

std::string doubts_of(const kafka::topic_description& topic) {
    std::string doubts;
    const auto doubt = [&](const std::string& what) {
        doubts += fmt::format(" {}: {};", topic.name, what);
    };
    const auto value = [&topic](const char* key) {
        const auto found = topic.config.find(key);
        return found == topic.config.end() ? std::string() : found->second;
    };
    // Whoever may see the topic is told its replicas; its settings need a right of their own.
    if (topic.replication < 3) doubt(fmt::format("replication {}", topic.replication));
    if (!topic.config_available) {
        doubt("its settings can't be read (DescribeConfigs)");
        return doubts;
    }
    if (value("cleanup.policy").find("compact") != std::string::npos)
        doubt("compacted, so that jobs get lost");
    if (value("min.insync.replicas") == "1") doubt("min.insync.replicas 1");
    if (value("unclean.leader.election.enable") == "true")
        doubt("unclean.leader.election.enable true");
    return doubts;
}

}  // namespace pinwire::upkeep
