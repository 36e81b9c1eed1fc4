// What the simulator is told at its start; main.cpp reads it from the command line, tests fill it.
// Every bound of the process stands here. Plain values, no thread rules.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pinwire::sim {

struct settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;       // 0: any free one
    std::string key = "sim-key";  // what every carrier and provider asks for

    std::chrono::milliseconds dlr_delay{50};  // from the answer to the report
    std::chrono::milliseconds dlr_retry{1000};
    unsigned dlr_tries_max = 60;
    std::chrono::milliseconds dlr_answer_timeout{10'000};
    std::size_t dlr_per_endpoint_max = 64;    // posts at once to one origin
    std::size_t dlr_waiting_max = 1'000'000;  // reports not yet posted; over it they are dropped
    std::size_t dlr_batch_max = 1;            // reports in one request; 1: no batches
    std::chrono::milliseconds dlr_batch_wait{20};

    std::size_t log_max = 1'000'000;  // entries kept in memory, the oldest go first
    std::string log_file;             // empty: none
    std::chrono::milliseconds log_flush{100};

    std::size_t customer_requests_max = 10'000;  // whole requests kept, all customers together
    // Endpoint name -> secrets, as Standard Webhooks writes them (whsec_ and base64).
    std::map<std::string, std::vector<std::string>> customer_secrets;

    std::size_t connections_max = 8192;
};

}  // namespace pinwire::sim
