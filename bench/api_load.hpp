// What callers of the API see: orders whose answer waits for the worker's verdict (360NRS with its
// lookup, Infobip until a carrier has it), and guesses of PINs that stand there already; each at
// fixed rates, open loop, half in each dialect. Beside them a bare server under the same requests.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/percentiles.hpp"
#include "bench/rig.hpp"

namespace pinwire::bench {

struct api_run {
    std::string what;       // "order", "guess"
    std::size_t rate = 0;   // offered a second; 0: as fast as answers came
    std::size_t count = 0;  // requests
    std::size_t wrong = 0;  // not answered as they should have been
    std::string first_wrong;
    double per_second = 0;  // right answers
    std::string load;       // load averages when it began
    percentiles nrs360;     // ms, from the intended moment
    percentiles infobip;
    costs cost;  // a request
};

struct api_result {
    double bare_us = 0;          // CPU a request of the bare server, at the highest rate
    double bare_per_second = 0;  // its own highest rate, under the same load
    std::vector<api_run> runs;

    bool complete() const;
};

awaitable<api_result> measure_api(rig& on);

}  // namespace pinwire::bench
