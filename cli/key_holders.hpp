// Who holds which keys of the ring, by the heartbeats, and what in the database is sealed under
// one. A heartbeat names its keys, the one that seals and signs first, and then their fingerprints.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/key_ring.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::cli {

struct key_holder {
    std::string program;
    std::string instance;
    std::string host;
    std::chrono::seconds silent{0};  // since its last heartbeat
    std::vector<std::string> keys;   // as the heartbeat has them

    bool holds(const key_id&) const;
    // A key of this name that is another one than the ring's; nothing: there is none, as far as its
    // heartbeat says.
    std::optional<key_id> differs_from(const key_ring&) const;
    bool seals_with(const key_id&) const;
    std::string name() const;  // for people
};

// Those that may be alive: neither ended in order, nor followed by a successor, nor silent for an
// hour. One that lost the database still takes delivery reports.
std::vector<key_holder> key_holders(postgres::session&);

struct last_seal {
    std::string who;  // for people
    std::chrono::system_clock::time_point at;
};

// The last heartbeat of a process that sealed with this key, ended or not; those whose rows are
// pruned included (sql/036). None: none is known.
std::optional<last_seal> last_sealed_with(postgres::session&, const key_id& key);

struct sealed_rows {
    std::string what;  // for people, with how to set it anew
    std::int64_t count = 0;
};

// What stands sealed under that key, in words; empty: nothing. Reads columns that only the schema's
// owner may; as many rows of PINs as can still be sent or guessed.
std::vector<sealed_rows> sealed_under(postgres::session&, const key_id&);

}  // namespace pinwire::cli
