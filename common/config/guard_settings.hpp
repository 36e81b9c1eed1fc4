// [guard]: where nothing is sent to, how much is sent at most, and what share of PINs has to be
// verified. docs/fraud.md says what each does.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "common/core/guard.hpp"
#include "common/core/guard_caps.hpp"
#include "common/core/strong.hpp"

namespace pinwire::config {

struct conversion_settings {
    double warn_below = 0;  // share of verified PINs; 0: off
    double stop_below = 0;
    std::int64_t least = 50;  // messages to a prefix, below which nothing is judged
    std::chrono::milliseconds window = std::chrono::hours(1);
    std::chrono::milliseconds after = std::chrono::minutes(15);  // not verified by then: won't be
    std::chrono::milliseconds stop_for = std::chrono::hours(24);
    int digits_dropped = 4;  // of a number: the rest is its prefix

    bool on() const { return warn_below > 0 || stop_below > 0; }
};

struct guard_settings {
    destination_rules destinations;
    cap_table caps;
    std::map<account_name, cap_table> accounts;  // what an account has of its own
    conversion_settings conversion;

    bool counts() const {
        if (any(caps)) return true;
        for (const auto& [name, own] : accounts)
            if (any(own)) return true;
        return false;
    }
};

}  // namespace pinwire::config
