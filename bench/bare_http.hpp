// What a request over HTTP costs the client at the very least: a Beast client with everything else
// left out, and our own client, each against a bare server in a thread of its own, over keep-alive
// connections on loopback. Only the client's thread is counted. Blocks for its whole run.
#pragma once

#include <cstddef>

namespace pinwire::bench {

struct bare_http_result {
    std::size_t requests = 0;     // of each client
    double beast_us = 0;          // CPU a request
    double client_us = 0;         // CPU a request, through common/http
    double beast_per_second = 0;  // by the wall clock, server beside it
    double client_per_second = 0;
};

bare_http_result measure_bare_http(std::size_t requests);

}  // namespace pinwire::bench
