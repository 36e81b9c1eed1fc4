// What the five topics should be like, and how what is there differs from it. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/config/settings.hpp"
#include "common/kafka/topics.hpp"

namespace pinwire::cli {

// As `pinwire topics create` makes them, in the order in which people read them.
std::vector<kafka::topic_spec> planned_topics(const config::settings&);

struct finding {
    bool refuses = false;  // worse than a warning: services would lose what they promise
    std::string topic;
    std::string text;  // what is so, and what should be
};

// In the order of the plan. Nothing is said about a configuration that the broker doesn't tell.
std::vector<finding> compare_topics(
    const config::settings&, const std::vector<kafka::topic_description>& found
);

}  // namespace pinwire::cli
