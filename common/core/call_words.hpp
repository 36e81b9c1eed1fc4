// What a call says, sealed into the URL at which its platform asks for it: nothing is kept between
// the worker, which places the call, and the callback, which is asked. Bound to carrier and
// attempt, and good for a time. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/ids.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/secret.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

struct call_words {
    secret text;
    std::chrono::system_clock::time_point until;  // whole seconds
};

// Characters that need no escape in a URL's path.
std::string seal_words(
    const key_ring&, const carrier_name&, const attempt_id&, const call_words&, const nonce96& fresh
);

// None: not sealed for them, or by a key that isn't here.
std::optional<call_words> open_words(
    const key_ring&, const carrier_name&, const attempt_id&, std::string_view sealed
);

// Where the platform asks for them, below the callback's public URL.
std::string words_url(
    const std::string& public_url,
    const key_ring& keys,
    const carrier_name& carrier,
    const attempt_id& attempt,
    const call_words& words,
    const nonce96& fresh
);

}  // namespace pinwire
