// GET /metrics of several services at once. One that doesn't answer in time, or answers something
// else, says why. Connections are kept. One call at a time, on any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "cli/top/look.hpp"

namespace pinwire::cli {

class metrics_reader {
public:
    // HOST:PORT or [IPV6]:PORT; failure (wrong) for anything else.
    metrics_reader(std::vector<std::string> addresses, std::chrono::milliseconds limit);
    ~metrics_reader();
    metrics_reader(const metrics_reader&) = delete;
    metrics_reader& operator=(const metrics_reader&) = delete;

    // In the order of the addresses.
    std::vector<service_look> take();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace pinwire::cli
