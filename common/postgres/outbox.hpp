// The events of committed status changes, until Kafka has them. Each row holds one batch's events.
// Blocking; run it on an executor's thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/ids.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct outbox_event {
    std::string key;     // of the Kafka record: the normalised number
    std::string waiter;  // the API process that waits for it; empty: none
    std::string json;    // the record's value
};

struct outbox_row {
    std::int64_t id = 0;
    std::vector<outbox_event> events;
};

// This epoch's rows, and those that are older than `orphan` whoever wrote them; not those in
// `busy` (already handed to Kafka).
std::vector<outbox_row> read_outbox(
    session&, const epoch_id&, std::span<const std::int64_t> busy, int limit, milliseconds orphan
);
void delete_outbox(session&, std::span<const std::int64_t> ids);

// What stands in a row. Throws std::runtime_error when it can't be read.
std::vector<outbox_event> read_events(std::string_view json);

}  // namespace pinwire::postgres
