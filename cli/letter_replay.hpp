// `pinwire dead-letters replay`: says which letters would go back to the topic that they came from,
// and why others stay; does it with --yes. Reads without touching a committed offset, and takes
// nothing out of the topic of dead letters: Kafka can't.
#pragma once

#include <string>
#include <vector>

#include "cli/letters.hpp"

namespace pinwire::cli {

struct letter_replay_options {
    letter_topic topic = letter_topic::jobs;
    std::vector<std::string> places;  // PARTITION:OFFSET
    std::string since;                // without places: since when they died
    std::string until;                // empty: now
    std::string reason;               // only those that died of it
    int limit = 1000;                 // the oldest
    int rate = 50;                    // a second
    bool late = false;                // jobs too late to be sent as well: they end expired
    bool yes = false;
};

// failed: there is no such letter, or Kafka refused some.
exit_code replay_letters(const common_options&, const letter_replay_options&);

}  // namespace pinwire::cli
