// A batch of pin.dlrs records as the settler writes it: decoded, folded per key in memory first (an
// UPDATE that meets two rows for one target would keep an arbitrary one), with the history and, per
// partition, how far it is settled. Pure.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "common/core/dlr.hpp"
#include "common/kafka/record.hpp"
#include "common/postgres/settles.hpp"

namespace pinwire::callback {

struct dlr_batch {
    std::vector<postgres::dlr_entry> entries;      // folded, sorted by key
    std::vector<postgres::history_entry> history;  // one a record
    std::vector<postgres::settled_mark> marks;     // one a partition
    std::vector<std::size_t> undecodable;          // indices of records that are no DLR
};

// `now`: the database's. An intake after it was told by a clock that is ahead, of a callback that
// hadn't heard from the database yet: such a record says nothing of how far its partition is
// settled.
dlr_batch read_batch(const std::vector<kafka::record>&, std::chrono::system_clock::time_point now);

postgres::dlr_entry entry_of(const dlr&, std::string as_it_stood);

}  // namespace pinwire::callback
