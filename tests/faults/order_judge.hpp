// What a customer of pinwire-api may expect of his orders, judged when all is over: from what he
// was told and when, what stands in the table, and what handsets show. Pure; each finding names the
// order.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pinwire::test {

struct pin_order {
    std::string number;      // his alone
    std::string retry_key;   // its Idempotency-Key
    std::string own_code;    // empty: Pinwire makes one
    bool lookup = false;     // hlr_lookup
    bool abandoned = false;  // he hung up soon, and never asked again
    bool taken = false;      // in the end
};

using steady_time = std::chrono::steady_clock::time_point;

// One call, and how it ended.
struct order_call {
    std::string number;
    std::string process;
    steady_time began;
    steady_time ended;
    int status = 0;        // 0: no answer
    std::string said;      // the answer's body, or why there is none
    bool refused = false;  // no connection
    bool hasty = false;    // he may have hung up himself
};

// What we did to a process, so that its callers had to bear it.
struct hindrance {
    enum class kind {
        gone,    // ended, or told to end: it breaks connections
        stopped  // answers no sooner than it goes on
    };
    std::string process;
    kind what = kind::gone;
    steady_time from;
    steady_time to = steady_time::max();
};

struct order_rows {
    std::int64_t alive = 0;    // not cancelled
    std::int64_t refused = 0;  // of them, by the lookup
    std::int64_t sent = 0;     // as the rows say
    std::int64_t in_doubt = 0;
};

// Each answer in time, and one of those that a good order may get; a connection breaks only when
// its process is gone.
std::vector<std::string> judge_calls(
    const std::vector<order_call>&, const std::vector<hindrance>&, std::chrono::milliseconds bound
);

// What he was told of an order, "ok" or that the lookup refused it, stands in its row.
std::vector<std::string> judge_words(
    const std::vector<order_call>&, const std::map<std::string, order_rows>& by_number
);

// `rows` and `pins`: by number.
std::vector<std::string> judge_orders(
    const std::vector<pin_order>&,
    const std::map<std::string, order_rows>& rows,
    const std::map<std::string, std::vector<std::string>>& pins
);

}  // namespace pinwire::test
