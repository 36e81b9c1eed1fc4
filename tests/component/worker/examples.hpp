// Settings, keys and records that are right in every field, so that a test names only what it is
// about: one account, two SMS routes on a carrier each (infobip's dialect), one lookup provider.
#pragma once

#include <cstdint>
#include <string>

#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/kafka/record.hpp"
#include "worker/work.hpp"

namespace pinwire::worker::test {

// A ring of one active key, all its bytes the same.
key_ring ring(const std::string& kid, std::uint8_t byte);
nonce96 fresh_nonce();

// Accounts acme; carriers alpha and beta; routes first (alpha, chosen first) and second (beta);
// provider hlr. Times are short where a test waits for them.
config::settings settings();

// A job without lookup. `more`: further members, which override.
std::string json_of(const std::string& job_id, const std::string& more = {});
kafka::record record_of(const std::string& payload, wall_time timestamp, std::int64_t offset = 7);

}  // namespace pinwire::worker::test
