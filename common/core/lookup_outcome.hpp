// What a lookup found out, in one form for every provider.
#pragma once

#include <string>
#include <string_view>

#include "common/core/strong.hpp"

namespace pinwire {

enum class lookup_outcome {
    reachable,   // the handset is on the network
    absent,      // temporarily not
    invalid,     // no such subscriber: permanent
    landline,    // a fixed line
    valid_only,  // a valid mobile number; nothing known about reachability
    unknown,     // time-out, provider's trouble, an answer that can't be read
    no_provider  // none is configured for this number
};

struct lookup_result {
    lookup_outcome outcome = lookup_outcome::unknown;
    std::string mccmnc;  // of the current network; empty: not said
    bool ported = false;
    bool roaming = false;
    std::string error;       // the provider's code and word; empty: none
    provider_name provider;  // who said so
};

std::string_view to_string(lookup_outcome);

}  // namespace pinwire
