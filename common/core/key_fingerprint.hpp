// What tells two keys of one name apart without telling anything of either: a keyed digest under
// the key itself, cut to 64 bits. Heartbeats carry it, so that machines whose rings were rotated
// apart are seen. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/key_ring.hpp"

namespace pinwire {

// Throws std::invalid_argument for a key that the ring hasn't got.
std::string key_fingerprint(const key_ring&, const key_id&);

// How a heartbeat says it: KID:FINGERPRINT.
std::string key_mark(const key_ring&, const key_id&);
// The fingerprint that a heartbeat gives for this key; nothing: it gives none, as those of earlier
// versions.
std::optional<std::string> marked_fingerprint(
    const std::vector<std::string>& words, const key_id& key
);

}  // namespace pinwire
