// The lookup providers' shapes: Infobip's synchronous number query, gateway360's HLR request (of
// the carrier 360nrs), hlr-lookups.com's signed one and Twilio's Lookup. Pure; shares no code with
// common/lookup.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/message.hpp"
#include "sim/behaviour.hpp"
#include "sim/protocol.hpp"

namespace pinwire::sim {

struct lookup_question {
    std::vector<std::string> numbers;  // digits; not empty
};

// A kind that is a lookup provider, and perhaps a carrier as well.
bool is_lookup_kind(std::string_view kind);
// Is this path (below the kind's segment) a lookup?
bool is_lookup_path(std::string_view kind, std::string_view path);

std::variant<lookup_question, refusal> read_lookup(
    std::string_view kind,
    const http::request& asked,
    std::string_view path,  // below the kind's segment
    std::string_view key
);

// One outcome for each number asked.
http::response answer_lookup(
    std::string_view kind, const lookup_question& asked, std::span<const lookup_outcome> outcomes
);

// The answer that goes with a bare status.
http::response lookup_status(std::string_view kind, unsigned status);

std::string_view to_string(lookup_outcome);

}  // namespace pinwire::sim
