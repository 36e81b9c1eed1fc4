// Who is asked for a look: PostgreSQL, Kafka and the services' metrics, side by side, each bounded
// by a time limit. One that is away is asked again with the next look; connections are kept in
// between. Blocking; one look at a time, on any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/connect.hpp"
#include "cli/top/look.hpp"

namespace pinwire::cli {

class sources {
public:
    // `metrics`: where services tell their figures, ADDRESS:PORT.
    sources(
        const common_options&,
        const database_options&,
        const config::settings&,
        std::vector<std::string> metrics
    );
    ~sources();
    sources(const sources&) = delete;
    sources& operator=(const sources&) = delete;

    look take();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

// Of the services of this machine, as far as the configuration names a fixed port.
std::vector<std::string> metrics_of(const config::settings&);

}  // namespace pinwire::cli
