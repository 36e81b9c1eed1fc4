// How carriers sign what they post, checked: X-Twilio-Signature, and Vonage's token with the hash
// of the body. Comparisons take the same time wherever two signatures differ. Pure.
#pragma once

#include <chrono>
#include <string_view>

#include "common/core/secret.hpp"

namespace pinwire::carriers {

struct signed_post {
    std::string_view url;           // whole, with its query, as the carrier was told it
    std::string_view content_type;  // lower-case, without parameters
    std::string_view body;
};

// The URL, and of a form its parameters, sorted; of another body its SHA-256, which stands in the
// URL as bodySHA256. The port may stand in what was signed or not.
bool twilio_signature_holds(
    const secret& token, const signed_post& post, std::string_view signature
);

// A bearer's token under the account's signature secret: not older than `age_max`, and of this
// body.
bool vonage_signature_holds(
    const secret& key,
    std::string_view authorization,
    std::string_view body,
    std::chrono::system_clock::time_point now,
    std::chrono::seconds age_max
);

// The SMS API of the same house signs with a parameter instead, `sig`: HMAC-SHA-256 over the
// others, sorted, wherever they stand (a form, a flat JSON object, the query). Its `timestamp`, if
// there is one, may not be older than `age_max`.
bool vonage_sig_holds(
    const secret& key,
    const signed_post& post,
    std::chrono::system_clock::time_point now,
    std::chrono::seconds age_max
);

}  // namespace pinwire::carriers
