// The steps of a key rotation, on the text of the ring's file: spread a key, use it, drop the old
// one. Pure: text in, text out; comments and all other lines stay as they are. A ring that can't be
// parsed is a std::runtime_error, as of key_ring::parse; a step that makes no sense now is refused
// in words that never quote a key.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/core/secret.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

enum class ring_key_state {
    used,     // seals and signs
    spread,   // stands behind the used one: opens and verifies, and waits to be used
    retired,  // sealed and signed until `retired`
    kept      // stands before the used one, and nobody wrote when it stopped: rotated by hand
};
std::string_view to_string(ring_key_state);

struct ring_entry {
    key_id id;
    ring_key_state state = ring_key_state::kept;
    std::optional<std::chrono::system_clock::time_point> retired;
};

std::vector<ring_entry> ring_entries(std::string_view text);

struct ring_step {
    secret text;    // of the whole file, afterwards
    key_id key;     // that was spread, used or dropped
    key_id before;  // that sealed and signed until now
};
// The step, or why it isn't taken.
using ring_answer = std::variant<ring_step, std::string>;

ring_answer spread_key(
    std::string_view text, const key_id& fresh, std::span<const std::uint8_t, 32> random
);
// Without a name: the one key that is spread. By name also one that was used before: the way back.
ring_answer use_key(
    std::string_view text,
    const std::optional<key_id>& named,
    std::chrono::system_clock::time_point now
);
// Without a name: the one that is retired longest. `rest`: so long after it was retired something
// may need it.
ring_answer drop_key(
    std::string_view text,
    const std::optional<key_id>& named,
    std::chrono::system_clock::time_point now,
    std::chrono::milliseconds rest
);

}  // namespace pinwire
