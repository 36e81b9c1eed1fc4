// What a lookup found out, in one form for every provider. Plain values; no IMSI and no MSC is ever
// in them, and `error` is fit for a log: no telephone number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/strong.hpp"

namespace pinwire {

enum class lookup_outcome {
    reachable,   // the handset is on the network
    absent,      // temporarily not
    invalid,     // no such subscriber, or nothing that a PIN could be sent to
    landline,    // a fixed line
    valid_only,  // a valid mobile number; nothing known about reachability
    unknown,     // time-out, provider's trouble, an answer that can't be read
    no_provider  // none is configured for this number
};

enum class line_type {
    unknown,  // not said
    mobile,
    landline,
    fixed_voip,     // tied to an address: cable telephony
    nonfixed_voip,  // an app's number
    personal,
    toll_free,
    premium,
    shared_cost,
    uan,  // universal access number of a company
    voicemail,
    pager
};

struct lookup_result {
    lookup_outcome outcome = lookup_outcome::unknown;
    std::string mccmnc;  // of the current network; empty: not said
    bool ported = false;
    bool roaming = false;
    line_type line = line_type::unknown;
    bool permanent = false;  // invalid, landline: asking again tomorrow would say the same
    std::string error;       // the provider's code and word; empty: none
    provider_name provider;  // who said so
    std::optional<std::int64_t> cost_micros;  // in the provider's own currency; none: not said
    bool trouble = false;  // unknown because the provider fails, not because it can't tell
};

std::string_view to_string(lookup_outcome);
std::optional<lookup_outcome> parse_lookup_outcome(std::string_view);
std::string_view to_string(line_type);

}  // namespace pinwire
