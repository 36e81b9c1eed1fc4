// Who holds which keys of the ring, by the heartbeats, and what in the database is sealed under
// one. A heartbeat names its keys, the one that seals and signs first.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/strong.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::cli {

struct key_holder {
    std::string program;
    std::string instance;
    std::string host;
    std::chrono::seconds silent{0};  // since its last heartbeat
    std::vector<std::string> keys;

    bool holds(const key_id&) const;
    bool seals_with(const key_id&) const;
    std::string name() const;  // for people
};

// Those that may be alive: neither ended in order, nor followed by a successor, nor silent for an
// hour. One that lost the database still takes delivery reports.
std::vector<key_holder> key_holders(postgres::session&);

struct sealed_rows {
    std::string what;  // for people, with how to set it anew
    std::int64_t count = 0;
};

// What stands sealed under that key, in words; empty: nothing. Reads columns that only the schema's
// owner may; as many rows of PINs as can still be sent or guessed.
std::vector<sealed_rows> sealed_under(postgres::session&, const key_id&);

}  // namespace pinwire::cli
