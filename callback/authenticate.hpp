// Who posts a delivery report: the URL's token, and beside it whatever proofs the carrier has
// configured; all of them must hold. A stranger learns nothing but a status code. Comparisons take
// the same time whatever is in them. Pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/config/settings.hpp"
#include "common/core/ip_address.hpp"
#include "common/core/key_ring.hpp"
#include "common/http/message.hpp"

namespace pinwire::callback {

struct proven {
    carrier_name carrier;
    std::optional<attempt_id> attempt;  // by the token; none: a fixed URL
    pinwire::channel channel = pinwire::channel::sms;
    std::string words;  // sealed, of a call whose platform asks for them; empty: a report
};

enum class refusal {
    none,
    no_such_path,  // 404: also an unknown carrier, and a carrier that needs a token
    forbidden,     // 403
    unauthorized,  // 401: Basic is asked for
    own_trouble,   // 503: we couldn't keep it
    unknown_key,   // 503: the token names a key that we haven't got yet, or a stranger made it up
    unsigned_yet   // 503: a good token without the signature that belongs to it: it should come
                   // again
};

struct authentication {
    refusal refused = refusal::none;
    proven who;
    key_id key;  // unknown_key: which one
};

// `/dlr/CARRIER[/TOKEN][?…]`, and `/say/CARRIER/TOKEN/WORDS`
authentication authenticate(
    const http::request&,
    const ip_address& client,
    const config::settings&,
    const key_ring&,
    std::chrono::system_clock::time_point now
);

}  // namespace pinwire::callback
