// All that one run measured, as a table for people and as JSON for programs. Pure.
#pragma once

#include <optional>
#include <string>

#include "bench/api_load.hpp"
#include "bench/bare_http.hpp"
#include "bench/open_loop.hpp"
#include "bench/saturation.hpp"
#include "bench/trouble.hpp"

namespace pinwire::bench {

struct findings {
    std::string at;  // RFC 3339
    unsigned cores = 0;
    std::string load;        // load averages when the run began: others' work shows here
    std::string kafka;       // "embedded", "apache"
    std::string postgres;    // version
    std::string durability;  // fsync and the like, as in force
    std::optional<bare_http_result> bare;
    std::optional<saturation_result> saturation;
    std::optional<open_loop_result> open_loop;
    std::optional<trouble_result> trouble;
    std::optional<api_result> api;
};

std::string to_table(const findings&);
std::string to_json(const findings&);

}  // namespace pinwire::bench
