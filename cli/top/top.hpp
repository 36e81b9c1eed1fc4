// `pinwire top`: a live view of rates, lag, backlog, routes and endpoints. Reads only, and little:
// one look per interval. What is away is shown as away, and asked again.
#pragma once

#include <string>
#include <vector>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct top_options {
    database_options database;
    double interval_seconds = 2;       // 0.5 to 3600
    bool once = false;                 // one screen as plain text, after one interval
    std::vector<std::string> metrics;  // ADDRESS:PORT; empty: what the configuration names
};

// Until it is asked to end; once where stdout is no terminal, or with --json. unreachable: once,
// and PostgreSQL or Kafka was away.
exit_code top(const common_options&, const top_options&);

}  // namespace pinwire::cli
