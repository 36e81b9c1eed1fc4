// What only the running Kafka and PostgreSQL can say about a configuration: topics that keep too
// little, an old schema, a carrier that was taken out while reports for it may still come.
#pragma once

#include <string>
#include <vector>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct online_finding {
    bool refuses = false;  // not a warning: this configuration must not be used
    std::string where;     // "kafka pin.jobs", "postgres", "carriers.NAME"
    std::string text;
};

struct online_result {
    std::vector<online_finding> findings;
    std::vector<failure> unasked;  // why Kafka or PostgreSQL couldn't be asked
};

// Each of the two is asked whatever became of the other.
online_result check_online(const common_options&, const database_options&);

}  // namespace pinwire::cli
