// Requests to one server on loopback at a fixed rate, whatever it does (open loop), or as fast as a
// number of connections is answered. Bare Beast on keep-alive connections, so that the offer takes
// little of the machine. Each latency counts from its intended moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/asio.hpp"

namespace pinwire::bench {

struct asked_request {
    std::string target;
    std::string body;           // JSON
    std::string authorization;  // empty: none
};

struct offer_plan {
    std::uint16_t port = 0;
    std::size_t rate = 0;  // requests a second; 0: as fast as they are answered
    std::size_t count = 0;
    std::size_t connections = 64;  // a request waits for a free one, which counts in its latency
    std::function<asked_request(std::size_t place)> make;
    std::function<bool(std::size_t place, unsigned status, std::string_view body)> right;
};

struct offer_result {
    std::vector<double> ms;  // by place; of what was answered rightly, else negative
    std::size_t wrong = 0;
    std::string first_wrong;  // its status and body, or why there was none
    double per_second = 0;    // right answers, from the first moment to the last answer
};

awaitable<offer_result> offer_http(const offer_plan& plan);

}  // namespace pinwire::bench
