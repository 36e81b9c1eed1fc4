// Delivery reports that fit no attempt yet: what `pinwire parked` lists. Reads the table directly,
// as the role pinwire_reader may. Blocking.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/core/strong.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct parked_story {
    std::int64_t id = 0;
    carrier_name carrier;
    std::string why;    // no_match, ambiguous, other_number, disagrees, unanswered
    std::string entry;  // as it stood in pin.dlrs
    time_point intake_at;
    int tries = 0;
    time_point next_at;
};

struct parked_count {
    carrier_name carrier;
    std::string why;
    std::int64_t count = 0;
    time_point oldest;
};

// The oldest first; an empty carrier: of all.
std::vector<parked_story> list_parked(session&, const carrier_name&, int limit);
std::vector<parked_count> count_parked(session&, const carrier_name&);

}  // namespace pinwire::postgres
