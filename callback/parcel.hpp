// One request's worth of reports: for one URL of one account, in one dialect, with one webhook-id.
// A parcel that failed is tried again as it was: the same members, bytes and id. Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/core/job.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/endpoints.hpp"
#include "common/postgres/reports.hpp"

namespace pinwire::callback {

// Whose turn, window and breaker it is.
using endpoint_key = postgres::endpoint_name;

struct parcel {
    std::vector<postgres::report_row> reports;  // at least one
    int tries = 0;                              // so far, of all its members
    int malformed = 0;
    std::chrono::system_clock::time_point first_try_at;  // only when tried
    std::chrono::system_clock::time_point due_at;        // the same
    // Somebody died with it, who may have sent it: it goes singly, under its own id.
    bool alone = false;
    bool fresh() const { return tries == 0; }
};

// Retries as the table gave them, put together again as they were; a batch that isn't whole goes
// singly.
std::vector<parcel> parcels_of(std::vector<postgres::retry_row>);

// The webhook-id: of one report its own, of several derived from the members.
std::string webhook_id_of(const parcel&);

}  // namespace pinwire::callback

template <>
struct std::hash<pinwire::callback::endpoint_key> {
    std::size_t operator()(const pinwire::callback::endpoint_key& key) const noexcept {
        return std::hash<pinwire::account_name>{}(key.account) * 31 +
               std::hash<std::string>{}(key.origin);
    }
};
