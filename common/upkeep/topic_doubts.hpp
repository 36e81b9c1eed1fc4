// What a topic's settings in Kafka take from the promises: named for /readyz, never refused. Pure.
#pragma once

#include <string>

#include "common/kafka/topics.hpp"

namespace pinwire::upkeep {

// Of a topic that exists: " NAME: what is wrong;" for each; empty if nothing is. Settings that
// can't be read are a doubt as well: silence would pass for "they are right".
std::string doubts_of(const kafka::topic_description&);

}  // namespace pinwire::upkeep
